"""The engines that are measured, one file each; a process loads one of them and nothing of the others."""
