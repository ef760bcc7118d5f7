"""The screen by an Appium server in between: a session of its XCUITest driver, attached to our runner."""
