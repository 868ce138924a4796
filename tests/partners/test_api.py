from tests.partners.brokerage import Visitor


def test_place(client: Visitor) -> None:
    a = client.send("POST", "/orders", client.order())
    print(a.status_code, a.text)
    assert a.status_code == 201
