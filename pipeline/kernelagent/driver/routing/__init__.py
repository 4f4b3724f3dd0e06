"""The router: what is known of a module → one kernel for all of it, or cut it first."""
