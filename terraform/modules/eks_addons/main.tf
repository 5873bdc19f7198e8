# Add-ons that EKS installs in a cluster and keeps up to date: vpc-cni, coredns, kube-proxy, aws-ebs-csi-driver and others.

resource "aws_eks_addon" "this" {
  for_each = var.addons

  cluster_name             = var.cluster_name
  addon_name               = each.key
  addon_version            = each.value.version
  service_account_role_arn = each.value.service_account_role_arn

  tags = merge(var.tags, { Name = "${var.cluster_name}-${each.key}" })
}
