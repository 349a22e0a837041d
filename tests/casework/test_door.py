from tests import making
def test_x(store):
    c = making.identified(store)
    assert making.tasks(store, c)
