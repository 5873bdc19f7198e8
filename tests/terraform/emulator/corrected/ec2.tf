resource "aws_vpc_dhcp_options" "this" {
  domain_name         = "example.internal"
  domain_name_servers = ["AmazonProvidedDNS"]

  tags = {
    Name = "options"
  }
}

resource "aws_vpc_dhcp_options_association" "this" {
  vpc_id          = aws_vpc.this.id
  dhcp_options_id = aws_vpc_dhcp_options.this.id
}

resource "aws_eip" "this" {
  tags = {
    Name = "address"
  }
}

resource "aws_launch_template" "this" {
  name          = "this"
  image_id      = "ami-03cf127a"
  instance_type = "t3.micro"

  tag_specifications {
    resource_type = "instance"

    tags = {
      Name = "from-template"
    }
  }
}

resource "aws_instance" "this" {
  ami                         = "ami-03cf127a"
  instance_type               = "t3.micro"
  subnet_id                   = aws_subnet.a.id
  vpc_security_group_ids      = [aws_security_group.this.id]
  associate_public_ip_address = true
  monitoring                  = true

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}

resource "aws_autoscaling_group" "this" {
  name                      = "this"
  min_size                  = 1
  max_size                  = 1
  vpc_zone_identifier       = [aws_subnet.a.id]
  wait_for_capacity_timeout = "0"
  force_delete              = true

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }
}
