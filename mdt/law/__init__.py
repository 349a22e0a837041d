"""What the law says: dated, cited data (`rules/*.yaml`), how Connecticut counts time, and the questions we ask of both."""
