# A snapshot of a database that is kept until it is destroyed: of an instance or, with `cluster`, of an Aurora cluster.
#
# It is encrypted with the key of the database that it is taken of (checkov CKV_AWS_146 looks for an argument that
# nobody can set).

resource "aws_db_snapshot" "this" {
  count = var.cluster ? 0 : 1

  db_instance_identifier = var.database_identifier
  db_snapshot_identifier = var.name

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_db_cluster_snapshot" "this" {
  count = var.cluster ? 1 : 0

  db_cluster_identifier          = var.database_identifier
  db_cluster_snapshot_identifier = var.name

  tags = merge(var.tags, { Name = var.name })
}
