"""Controls on how functions are entered."""
