"""The vocabulary: frozen dataclasses, enums and protocols that every other room speaks in. No I/O."""
