"""The sample gallery: pictures worth looking at, drawn by our own generator on the user's machine at set-up."""

from data.gallery.draw import GalleryPicture, draw_gallery

__all__ = ["GalleryPicture", "draw_gallery"]
