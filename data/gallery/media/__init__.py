"""One file a medium: each turns a scene, or a subject of its own, into pixels."""
