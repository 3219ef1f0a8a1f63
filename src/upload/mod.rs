//! What a store must be asked.
