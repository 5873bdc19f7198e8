# Feeds a Lambda function from an SQS queue or a DynamoDB stream: Lambda polls the source and hands over batches.

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn                   = var.event_source_arn
  function_name                      = var.function_arn
  enabled                            = var.enabled
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.maximum_batching_window_in_seconds
  starting_position                  = var.starting_position
  maximum_retry_attempts             = var.maximum_retry_attempts
  maximum_record_age_in_seconds      = var.maximum_record_age_in_seconds
  bisect_batch_on_function_error     = var.bisect_batch_on_function_error
  parallelization_factor             = var.parallelization_factor

  dynamic "destination_config" {
    for_each = var.destination_config == null ? [] : [var.destination_config]
    content {
      on_failure {
        destination_arn = destination_config.value.on_failure.destination_arn
      }
    }
  }
}
