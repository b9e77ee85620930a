// Holds the precompiled headers of the tests, which need a target of their own.
