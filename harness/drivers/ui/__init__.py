"""Working a phone's screen: by WebDriverAgent directly, or by an Appium server in between.

Three layers. A **backend** knows how to find, tap and read, and nothing of what is on the screen. **Pages**
know the screens of iOS by tables of locators, and nothing of how a tap gets to the phone. The **screen**
puts both behind ``model.screen.UserInterface``. Only this room imports appium.
"""
