# The role that a Lambda function works with: what it needs by itself, and what `statements` add.
#
# By itself it may write to its own log group. The rest is granted by what is asked for: reading the named queues and
# streams, sending failed events to `destination_arns`, decrypting with `kms_key_arns`. Traces (`tracing`) and network
# interfaces in a VPC (`vpc_access`) are calls that AWS cannot limit to a resource (checkov CKV_AWS_355, CKV_AWS_290).

locals {
  write_logs = {
    Sid      = "WriteLogs"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = ["${var.log_group_arn}:*"]
  }

  # What AWSLambdaVPCAccessExecutionRole grants: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
  use_vpc = {
    Sid    = "UseNetworkInterfaces"
    Effect = "Allow"
    Action = [
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ]
    Resource = ["*"]
  }

  send_traces = {
    Sid      = "SendTraces"
    Effect   = "Allow"
    Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
    Resource = ["*"]
  }

  read_queues = {
    Sid      = "ReadQueues"
    Effect   = "Allow"
    Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
    Resource = var.queue_arns
  }

  read_streams = {
    Sid      = "ReadStreams"
    Effect   = "Allow"
    Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    Resource = var.stream_arns
  }

  send_failed_events = {
    Sid      = "SendFailedEvents"
    Effect   = "Allow"
    Action   = ["sqs:SendMessage", "sns:Publish"]
    Resource = var.destination_arns
  }

  decrypt = {
    Sid      = "Decrypt"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = var.kms_key_arns
  }

  further = [
    for statement in var.statements : merge(
      { Effect = statement.effect, Action = statement.actions, Resource = statement.resources },
      statement.sid == null ? {} : { Sid = statement.sid },
      length(statement.conditions) == 0 ? {} : {
        Condition = {
          for test in distinct(statement.conditions[*].test) : test => {
            for condition in statement.conditions : condition.variable => condition.values if condition.test == test
          }
        }
      },
    )
  ]
}

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "What the Lambda function ${var.name} works with"
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_role_policy" "this" {
  name = "work"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.write_logs],
      [for statement in [local.use_vpc] : statement if var.vpc_access],
      [for statement in [local.send_traces] : statement if var.tracing],
      [for statement in [local.read_queues] : statement if length(var.queue_arns) > 0],
      [for statement in [local.read_streams] : statement if length(var.stream_arns) > 0],
      [for statement in [local.send_failed_events] : statement if length(var.destination_arns) > 0],
      [for statement in [local.decrypt] : statement if length(var.kms_key_arns) > 0],
      local.further,
    )
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(var.policy_arns)

  role       = aws_iam_role.this.name
  policy_arn = each.key
}
