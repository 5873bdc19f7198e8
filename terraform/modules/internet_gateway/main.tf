# An internet gateway. Without `vpc_id` it is created detached; setting it later attaches it in place.

resource "aws_internet_gateway" "this" {
  vpc_id = var.vpc_id

  tags = merge(var.tags, { Name = var.name })
}
