"""What `dauchan bench` measures: an installation of its own on this machine, filled, driven and taken away again."""
