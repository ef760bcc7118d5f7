"""Registers the harness's plugins in a checkout that is not installed."""

from harness.plugins import PLUGINS

pytest_plugins = PLUGINS
