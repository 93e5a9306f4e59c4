package io.podstamp.cli;

/// `--output`
enum OutputFormat {
  table,
  json
}
