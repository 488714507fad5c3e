"""The guards of the gate before *wrong*: each knows one way in which a refuted claim may yet be true."""
