"""pytest plugins: options, phones, the app and the origin of a test, its verdicts in the report."""

PLUGINS = (
    "harness.plugins.options",
    "harness.plugins.appium",
    "harness.plugins.conditions",
    "harness.plugins.devices",
    "harness.plugins.fixtures",
    "harness.plugins.health",
    "harness.plugins.interrupted",
    "harness.plugins.janitor",
    "harness.plugins.origin",
    "harness.plugins.orphans",
    "harness.plugins.report",
    "harness.plugins.scenarios",
    "harness.plugins.scheduling",
    "harness.plugins.timing",
    "harness.plugins.ui",
    "harness.plugins.verdicts",
)
"""Every plugin by its module's name, which is also the name of its entry point: so that an installed
package, the root conftest and an uninstalled checkout register each of them once."""
