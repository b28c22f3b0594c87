"""Objects of every kind whose references the agent names, in every state they can be in.

``python -m tests.agent.zoo`` prints what the labels say of each, as JSON, under any interpreter
that the agent supports: nothing here needs more than the standard library and Python 3.8. Some
code is odd on purpose, and some older than what the linters ask for elsewhere.
"""
