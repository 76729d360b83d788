//! What is kept: archive and journal are the truth, sled is where the program works with them.
