"""What the pods of a cluster that work with AWS may do, as statements of the module `irsa_role`.

They follow what the makers of the cluster autoscaler and of the AWS Load Balancer Controller ask for, narrowed by tags
to what belongs to the cluster wherever AWS can tell:
https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mermaid_flow import Value

_OWNED = "elbv2.k8s.aws/cluster"


def autoscaler(cluster: str) -> list[Value]:
    """Look at groups and instances; change the size of the groups that are tagged as this cluster's."""
    looks = (
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "eks:DescribeNodegroup",
    )
    changes = ("autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup")
    own = {
        "aws:ResourceTag/k8s.io/cluster-autoscaler/enabled": ["true"],
        f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster}": ["owned"],
    }
    return [_may(looks), _may(changes, {"StringEquals": own})]


def load_balancer_controller() -> list[Value]:
    """Look around; make load balancers and security groups, and change those that the controller has tagged."""
    return [
        _may(
            ("iam:CreateServiceLinkedRole",),
            {"StringEquals": {"iam:AWSServiceName": ["elasticloadbalancing.amazonaws.com"]}},
        ),
        _may(_LOOKS),
        _may(_PROTECTS),
        _may(("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:CreateSecurityGroup")),
        _may(
            ("ec2:CreateTags",),
            {
                "StringEquals": {"ec2:CreateAction": ["CreateSecurityGroup"]},
                "Null": {f"aws:RequestTag/{_OWNED}": ["false"]},
            },
            _SECURITY_GROUPS,
        ),
        _may(
            ("ec2:CreateTags", "ec2:DeleteTags"),
            {"Null": {f"aws:RequestTag/{_OWNED}": ["true"], f"aws:ResourceTag/{_OWNED}": ["false"]}},
            _SECURITY_GROUPS,
        ),
        _may(("ec2:DeleteSecurityGroup",), {"Null": {f"aws:ResourceTag/{_OWNED}": ["false"]}}),
        _may(
            ("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"),
            {"Null": {f"aws:RequestTag/{_OWNED}": ["false"]}},
        ),
        _may(_LISTENERS),
        _may(
            ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"),
            {"Null": {f"aws:RequestTag/{_OWNED}": ["true"], f"aws:ResourceTag/{_OWNED}": ["false"]}},
            _BALANCERS,
        ),
        _may(
            ("elasticloadbalancing:AddTags",),
            {
                "StringEquals": {"elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"]},
                "Null": {f"aws:RequestTag/{_OWNED}": ["false"]},
            },
            _BALANCERS,
        ),
        _may(("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"), {}, _LISTENER_ARNS),
        _may(_CHANGES, {"Null": {f"aws:ResourceTag/{_OWNED}": ["false"]}}),
        _may(
            ("elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"),
            {},
            ("arn:*:elasticloadbalancing:*:*:targetgroup/*/*",),
        ),
        _may(_LISTENER_CHANGES),
    ]


def _may(
    actions: Sequence[str],
    conditions: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    resources: Sequence[str] = ("*",),
) -> Value:
    return {"actions": list(actions), "resources": list(resources), "conditions": conditions or {}}


_SECURITY_GROUPS = ("arn:*:ec2:*:*:security-group/*",)
_BALANCERS = (
    "arn:*:elasticloadbalancing:*:*:targetgroup/*/*",
    "arn:*:elasticloadbalancing:*:*:loadbalancer/net/*/*",
    "arn:*:elasticloadbalancing:*:*:loadbalancer/app/*/*",
)
_LISTENER_ARNS = (
    "arn:*:elasticloadbalancing:*:*:listener/net/*/*/*",
    "arn:*:elasticloadbalancing:*:*:listener/app/*/*/*",
    "arn:*:elasticloadbalancing:*:*:listener-rule/net/*/*/*",
    "arn:*:elasticloadbalancing:*:*:listener-rule/app/*/*/*",
)
_LOOKS = (
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeTags",
    "ec2:DescribeCoipPools",
    "ec2:GetCoipPoolUsage",
    "ec2:GetSecurityGroupsForVpc",
    "ec2:DescribeIpamPools",
    "ec2:DescribeRouteTables",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeSSLPolicies",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTrustStores",
    "elasticloadbalancing:DescribeCapacityReservation",
)
_PROTECTS = (
    "cognito-idp:DescribeUserPoolClient",
    "acm:ListCertificates",
    "acm:DescribeCertificate",
    "iam:ListServerCertificates",
    "iam:GetServerCertificate",
    "waf-regional:GetWebACL",
    "waf-regional:GetWebACLForResource",
    "waf-regional:AssociateWebACL",
    "waf-regional:DisassociateWebACL",
    "wafv2:GetWebACL",
    "wafv2:GetWebACLForResource",
    "wafv2:AssociateWebACL",
    "wafv2:DisassociateWebACL",
    "shield:GetSubscriptionState",
    "shield:DescribeProtection",
    "shield:CreateProtection",
    "shield:DeleteProtection",
)
_LISTENERS = (
    "elasticloadbalancing:CreateListener",
    "elasticloadbalancing:DeleteListener",
    "elasticloadbalancing:CreateRule",
    "elasticloadbalancing:DeleteRule",
)
_CHANGES = (
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:SetIpAddressType",
    "elasticloadbalancing:SetSecurityGroups",
    "elasticloadbalancing:SetSubnets",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:ModifyTargetGroupAttributes",
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:ModifyListenerAttributes",
    "elasticloadbalancing:ModifyCapacityReservation",
    "elasticloadbalancing:ModifyIpPools",
)
_LISTENER_CHANGES = (
    "elasticloadbalancing:SetWebAcl",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:AddListenerCertificates",
    "elasticloadbalancing:RemoveListenerCertificates",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:SetRulePriorities",
)
