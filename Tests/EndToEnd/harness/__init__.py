"""What the tests are made with: a running gateway, model servers, and clients that behave badly on purpose."""
