"""The error of files for other codes."""

from .vehicle import PackageError


class ExportError(PackageError):
    """A model that a file cannot hold, in words."""
