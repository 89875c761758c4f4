"""Stand-ins for partners: real servers on real sockets."""
