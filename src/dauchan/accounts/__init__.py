"""Officers, roles at opaque scopes, gate and integrator credentials, audit."""
