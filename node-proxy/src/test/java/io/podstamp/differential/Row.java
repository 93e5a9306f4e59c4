package io.podstamp.differential;

/// What one client sends over one connection before it ends its side.
///
/// @param name unique; of generated rows, it tells how to make the same row again
/// @param bytes one char a byte
/// @param generated whether a [Mutator] made it
record Row(String name, String bytes, boolean generated) {
  @Override
  public String toString() {
    return name;
  }
}
