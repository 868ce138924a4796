"""Logging in, lockout, sessions, second factor and access records, on a real database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pyotp.totp import TOTP

from tests.security.conftest import CHEAP, GOOD, Scene
from yunquan import security
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Unauthorised
from yunquan.security import events, store
from yunquan.security.types import (
    AddressLimits,
    HashParameters,
    LockoutLimits,
    OpenedSession,
    PrincipalKind,
    Role,
    SecurityLimits,
    SessionId,
    SessionLimits,
)

BAD = "wrong-Horse-7"


class TestLogin:
    def test_opens_a_session_and_says_so(self, scene: Scene) -> None:
        principal = scene.register()
        opened = scene.log_in(" DEMO ")
        assert isinstance(opened, OpenedSession)
        assert opened.session.actor == f"client:{principal.subject}"
        assert security.authenticate(scene.desk, opened.token) == opened.session
        (event,) = scene.events(events.LoggedIn)
        assert (event.principal, event.address) == (principal.id, "192.0.2.1")

    def test_no_secret_in_log_or_rows(self, scene: Scene) -> None:
        scene.register()
        opened = scene.log_in()
        scene.log_in("demo", BAD)
        with scene.database.read() as tx:
            rows = b"".join(
                str(list(tx.execute(table.select()))).encode()
                for table in (store.sessions, store.principals, store.attempts)
            )
        for secret in (GOOD, BAD, opened.token):
            assert secret.encode() not in scene.raw_log() + rows
            assert secret not in repr(opened)

    @pytest.mark.parametrize("name", ["demo", "nobody"])
    def test_wrong_password_and_unknown_name_read_the_same(self, scene: Scene, name: str) -> None:
        scene.register()
        answers = [scene.log_in(name, BAD) for _ in range(6)]
        assert [a.code for a in answers] == ["login.wrong_client_credentials"] * 4 + [
            "login.locked"
        ] * 2
        assert [a.facts.get("left") for a in answers] == [4, 3, 2, 1, None, None]
        (locked,) = scene.events(events.LockedOut)
        assert locked.failures == 5
        assert len(scene.events(events.LoginFailed)) == 5

    def test_a_locked_name_is_refused_with_the_right_password_until_the_lock_ends(
        self, scene: Scene
    ) -> None:
        scene.register()
        for _ in range(5):
            scene.log_in(password=BAD)
        assert scene.log_in().code == "login.locked"
        scene.clock.advance(59)
        assert scene.log_in().facts["wait_s"] == 1
        scene.clock.advance(1)
        assert isinstance(scene.log_in(), OpenedSession)
        assert scene.log_in(password=BAD).facts["left"] == 4

    def test_staff_lift_a_lock(self, scene: Scene) -> None:
        principal = scene.register()
        for _ in range(5):
            scene.log_in(password=BAD)
        with scene.database.transaction(actor="staff:stf_1") as tx:
            security.unlock(tx, principal.id)
        assert isinstance(scene.log_in(), OpenedSession)
        assert scene.events(events.Unlocked)[0].by == "staff:stf_1"

    def test_attempts_at_the_same_moment_share_the_allowance(self, scene: Scene) -> None:
        """Twenty right passwords at once would be twenty guesses: five are checked."""
        scene.register()
        checked = []
        verify = scene.desk.passwords.verify

        class Counting:
            hash = scene.desk.passwords.hash

            async def verify(self, stored: str | None, password: str) -> object:
                checked.append(password)
                return await verify(stored, password)

        scene.desk = replace(scene.desk, passwords=Counting())
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: scene.log_in(password=BAD), range(20)))
        assert all(isinstance(answer, Refused) for answer in answers)
        assert len(checked) == 5

    def test_one_address_trying_many_names(self, new_scene: Callable[..., Scene]) -> None:
        scene = new_scene(SecurityLimits(address=AddressLimits(3, 600)))
        scene.register()
        for _ in range(10):
            assert isinstance(scene.log_in(), OpenedSession)
        for name in ("aaa", "bbb", "ccc"):
            scene.log_in(name, BAD)
        refused = scene.log_in()
        assert (refused.code, refused.facts["wait_s"]) == ("login.address_busy", 600)
        assert isinstance(scene.log_in(address="192.0.2.2"), OpenedSession)
        scene.clock.advance(600)
        assert isinstance(scene.log_in(), OpenedSession)

    def test_a_refused_flood_writes_nothing(self, scene: Scene) -> None:
        for _ in range(5):
            scene.log_in("nobody", BAD)
        before = scene.raw_log()
        for _ in range(5):
            scene.log_in("nobody", BAD)
        assert scene.raw_log() == before

    def test_new_hash_parameters_take_over_at_the_next_login(self, scene: Scene) -> None:
        principal = scene.register()
        stronger = security.Argon2Passwords(HashParameters(128, 2, 1))
        scene.desk = replace(scene.desk, passwords=stronger)
        assert isinstance(scene.log_in(), OpenedSession)
        with scene.database.read() as tx:
            changed = store.load_principal(tx, principal.id)
        assert changed is not None
        assert changed.password_hash != principal.password_hash
        assert isinstance(scene.log_in(), OpenedSession)
        stronger.close()

    def test_disabled_says_so_only_to_who_knows_the_password(self, scene: Scene) -> None:
        principal = scene.register()
        opened = scene.log_in()
        with scene.database.transaction(actor="staff:stf_1") as tx:
            security.disable_principal(scene.desk, tx, principal.id)
        with pytest.raises(Unauthorised, match=r"session\.unknown"):
            security.authenticate(scene.desk, opened.token)
        assert scene.log_in(password=BAD).code == "login.wrong_client_credentials"
        assert scene.log_in().code == "login.disabled"

    def test_names_are_taken_once_per_door(self, scene: Scene) -> None:
        scene.register()
        with pytest.raises(Conflict, match=r"login\.name_taken"):
            scene.register("Demo")

    def test_prepare_login(self) -> None:
        assert security.prepare_login(" Demo", GOOD, SecurityLimits()) == "demo"
        with pytest.raises(Invalid, match=r"password\.length"):
            security.prepare_login("demo", "x", SecurityLimits())

    def test_busy_rather_than_a_queue_of_minutes(self) -> None:
        pool = security.Argon2Passwords(CHEAP, threads=1, waiting_max=0)

        async def two() -> list[object]:
            both = (pool.hash(GOOD), pool.hash(GOOD))
            return list(await asyncio.gather(*both, return_exceptions=True))

        outcomes = asyncio.run(two())
        assert [str(o) for o in outcomes if isinstance(o, Exception)] == ["login.busy"]
        pool.close()


class TestSessions:
    def test_idle_then_gone(self, scene: Scene) -> None:
        scene.register()
        token = scene.log_in().token
        for _ in range(3):
            scene.clock.advance(29 * 60)
            security.authenticate(scene.desk, token)
        scene.clock.advance(30 * 60)
        # The database doesn't know of the touches yet, the memory does: both say it has ended.
        with pytest.raises(Unauthorised, match=r"session\.idle"):
            security.authenticate(scene.desk, token)

    def test_absolute_end_comes_however_busy(self, scene: Scene) -> None:
        scene.register()
        token = scene.log_in().token
        for _ in range(12 * 3 - 1):
            scene.clock.advance(20 * 60)
            security.authenticate(scene.desk, token)
        scene.clock.advance(20 * 60)
        with pytest.raises(Unauthorised, match=r"session\.expired"):
            security.authenticate(scene.desk, token)

    def test_touches_survive_a_restart(self, scene: Scene) -> None:
        scene.register()
        token = scene.log_in().token
        scene.clock.advance(25 * 60)
        security.authenticate(scene.desk, token)
        assert security.save_touches(scene.desk) == 1
        assert security.save_touches(scene.desk) == 0
        restarted = replace(scene.desk, cache=security.SessionCache())
        scene.clock.advance(25 * 60)
        assert security.authenticate(restarted, token).login_name == "demo"

    def test_logout_is_immediate_here_and_soon_elsewhere(self, scene: Scene) -> None:
        scene.register()
        opened = scene.log_in()
        other_process = replace(scene.desk, cache=security.SessionCache(stale_after_s=2))
        for desk in (scene.desk, other_process):
            security.authenticate(desk, opened.token)
        security.log_out(scene.desk, opened.session)
        with pytest.raises(Unauthorised):
            security.authenticate(scene.desk, opened.token)
        security.authenticate(other_process, opened.token)
        scene.clock.advance(2)
        with pytest.raises(Unauthorised):
            security.authenticate(other_process, opened.token)

    def test_a_session_read_before_its_revocation_is_not_kept_after_it(self, scene: Scene) -> None:
        scene.register()
        opened = scene.log_in()
        cache = scene.desk.cache
        epoch = cache.epoch
        security.log_out(scene.desk, opened.session)
        cache.put(b"key", opened.session, epoch)
        assert cache.get(b"key") is None

    def test_threads_that_catch_up_at_once_miss_no_revocation(self, scene: Scene) -> None:
        """One has read the numbers before a revocation, the other after it, both as the first."""
        scene.register()
        opened = scene.log_in()
        cache = security.SessionCache()
        cache.catch_up(None, 0, [], 0.0)
        cache.put(b"key", opened.session, cache.epoch)
        cache.catch_up(None, 1, [], 0.0)
        assert cache.generation == 0
        cache.catch_up(0, 1, [opened.session.id], 2.0)
        assert cache.get(b"key") is None

    def test_own_sessions_are_listed_and_revoked_and_no_others(self, scene: Scene) -> None:
        scene.register()
        scene.register("other")
        phone, desktop = scene.log_in(device="phone"), scene.log_in(device="desktop")
        stranger = scene.log_in("other")
        with scene.database.read() as tx:
            mine = security.list_sessions(tx, phone.session.principal)
        assert {session.device for session in mine} == {"phone", "desktop"}
        security.authenticate(scene.desk, phone.token)
        security.revoke_session(scene.desk, desktop.session, phone.session.id)
        with pytest.raises(Unauthorised):
            security.authenticate(scene.desk, phone.token)
        for which in (stranger.session.id, phone.session.id, SessionId("ses_x")):
            with pytest.raises(NotFound):
                security.revoke_session(scene.desk, desktop.session, which)
        security.authenticate(scene.desk, stranger.token)

    def test_the_oldest_goes_when_there_are_too_many(self, new_scene: Callable[..., Scene]) -> None:
        sessions = {PrincipalKind.CLIENT: SessionLimits(1800, 3600, per_principal=3)}
        scene = new_scene(SecurityLimits(sessions=sessions))
        scene.register()
        tokens = []
        for _ in range(5):
            scene.clock.advance(1)
            tokens.append(scene.log_in().token)
        for token in tokens[:2]:
            with pytest.raises(Unauthorised):
                security.authenticate(scene.desk, token)
        for token in tokens[2:]:
            security.authenticate(scene.desk, token)
        reasons = [event.reason for event in scene.events(events.SessionRevoked)]
        assert reasons == ["session.too_many"] * 2

    def test_password_change_ends_the_others(self, scene: Scene) -> None:
        scene.register()
        here, elsewhere = scene.log_in(), scene.log_in()
        new = "another-Horse-8"
        change = security.change_password
        refused = asyncio.run(change(scene.desk, here.session, BAD, new))
        assert refused == Refused("password.old_wrong", {"left": 4})
        assert asyncio.run(change(scene.desk, here.session, GOOD, "short")).code == (
            "password.length"
        )
        assert asyncio.run(change(scene.desk, here.session, GOOD, new)) is None
        security.authenticate(scene.desk, here.token)
        with pytest.raises(Unauthorised):
            security.authenticate(scene.desk, elsewhere.token)
        assert isinstance(scene.log_in(), Refused)
        assert isinstance(scene.log_in(password=new), OpenedSession)

    def test_a_bounded_cache_loses_no_touch(self, scene: Scene) -> None:
        scene.register()
        scene.desk = replace(scene.desk, cache=security.SessionCache(capacity=2))
        tokens = [scene.log_in().token for _ in range(4)]
        for token in tokens:
            security.authenticate(scene.desk, token)
        assert len(scene.desk.cache) == 2
        assert security.save_touches(scene.desk) == 4

    def test_old_rows_are_forgotten_and_live_ones_kept(self, scene: Scene) -> None:
        scene.register()
        scene.log_in()
        scene.log_in("nobody", BAD)
        scene.clock.advance(31 * 86_400)
        token = scene.log_in().token
        with scene.database.transaction() as tx:
            # The session, the count of the name, the window of the address.
            assert security.forget_ended(tx) == 3
        security.authenticate(scene.desk, token)

    def test_garbage_tokens(self, scene: Scene) -> None:
        for token in ("", "x", "é" * 500):
            with pytest.raises(Unauthorised, match=r"session\.unknown"):
                security.authenticate(scene.desk, token)

    def test_forged_requests(self, scene: Scene) -> None:
        scene.register()
        one, two = scene.log_in().session, scene.log_in().session
        token = security.csrf_token(scene.desk, one.id)
        security.check_csrf(scene.desk, one.id, token)
        with pytest.raises(Forbidden, match=r"session\.forged_request"):
            security.check_csrf(scene.desk, two.id, token)


class TestStaff:
    @pytest.fixture
    def secret(self, scene: Scene) -> str:
        with scene.database.transaction(actor="system") as tx:
            roles = frozenset({Role.RISK, Role.AUDIT})
            hashed = scene.passwords.hash_now(GOOD)
            _, uri = security.register_staff(tx, "risk", "许知远", roles, hashed, scene.desk.vault)
        found = re.search(r"secret=([A-Z2-7]+)", uri)
        assert found
        return found[1]

    def code(self, scene: Scene, secret: str) -> str:
        return TOTP(secret).at(int(scene.clock.now().timestamp()))

    def log_in(self, scene: Scene, code: str, password: str = GOOD) -> object:
        return scene.log_in("risk", password, kind=PrincipalKind.STAFF, totp_code=code)

    def test_needs_password_and_code(self, scene: Scene, secret: str) -> None:
        for code, password in ((self.code(scene, secret), BAD), ("000000", GOOD), ("", GOOD)):
            refused = self.log_in(scene, code, password)
            assert isinstance(refused, Refused)
            assert refused.code == "login.wrong_staff_credentials"
        opened = self.log_in(scene, self.code(scene, secret))
        assert isinstance(opened, OpenedSession)
        assert opened.session.roles == {Role.RISK, Role.AUDIT}
        assert opened.session.subject.startswith("stf_")
        assert secret.encode() not in scene.raw_log()

    def test_a_code_works_once_and_no_earlier_one_after_it(self, scene: Scene, secret: str) -> None:
        earlier = self.code(scene, secret)
        scene.clock.advance(30)
        now = self.code(scene, secret)
        assert isinstance(self.log_in(scene, now), OpenedSession)
        for used in (now, earlier):
            refused = self.log_in(scene, used)
            assert isinstance(refused, Refused)
            assert refused.code == "login.code_already_used"
        scene.clock.advance(30)
        assert isinstance(self.log_in(scene, self.code(scene, secret)), OpenedSession)

    def test_guessing_codes_is_locked_out(self, scene: Scene, secret: str) -> None:
        for _ in range(5):
            self.log_in(scene, "000000")
        refused = self.log_in(scene, self.code(scene, secret))
        assert isinstance(refused, Refused)
        assert refused.code == "login.locked"

    def test_enrolling_again_voids_secret_and_sessions(self, scene: Scene, secret: str) -> None:
        opened = self.log_in(scene, self.code(scene, secret))
        assert isinstance(opened, OpenedSession)
        with scene.database.transaction(actor="staff:stf_1") as tx:
            uri = security.enrol_second_factor(scene.desk, tx, opened.session.principal)
            again = security.second_factor_uri(tx, opened.session.principal, scene.desk.vault)
        assert uri == again
        assert secret not in uri
        with pytest.raises(Unauthorised):
            security.authenticate(scene.desk, opened.token)
        scene.clock.advance(30)
        assert isinstance(self.log_in(scene, self.code(scene, secret)), Refused)

    def test_the_client_door_does_not_open_for_staff(self, scene: Scene, secret: str) -> None:
        assert isinstance(scene.log_in("risk"), Refused)
        assert secret

    def test_roles(self, scene: Scene, secret: str) -> None:
        opened = self.log_in(scene, self.code(scene, secret))
        assert isinstance(opened, OpenedSession)
        security.require_role(opened.session, Role.RISK, Role.OPERATIONS)
        with pytest.raises(Forbidden, match=r"staff\.role_missing"):
            security.require_role(opened.session, Role.SERVICE)
        scene.register()
        with pytest.raises(Forbidden):
            security.require_role(scene.log_in().session, *Role)

    def test_staff_need_a_role(self, scene: Scene) -> None:
        with scene.database.transaction() as tx, pytest.raises(Invalid, match="role_needed"):
            security.register_staff(tx, "x-ray", "x", frozenset(), "", scene.desk.vault)


class TestLooks:
    def test_a_look_leaves_who_what_why(self, scene: Scene) -> None:
        with scene.database.transaction(actor="staff:stf_1") as tx:
            security.record_look(tx, "cli_1", "id_number", "客户来电核对身份")
        with scene.database.read() as tx:
            (look,) = security.list_looks(tx, "cli_1")
            assert security.list_looks(tx, "cli_2") == []
            assert security.list_looks(tx) == [look]
        assert (look.actor, look.what, look.why) == (
            "staff:stf_1",
            "id_number",
            "客户来电核对身份",
        )
        assert scene.events(events.Looked)[0].by == "staff:stf_1"

    def test_no_look_without_a_reason(self, scene: Scene) -> None:
        with scene.database.transaction() as tx, pytest.raises(Invalid, match="reason_needed"):
            security.record_look(tx, "cli_1", "id_number", " ")


class TestVault:
    def test_seals(self, scene: Scene) -> None:
        vault = scene.desk.vault
        sealed = vault.seal("secret", "totp:1")
        assert vault.open(sealed, "totp:1") == "secret"
        assert sealed != vault.seal("secret", "totp:1")
        spoilt = (sealed[:-1] + b"\0\0", sealed[:5], b"", sealed[:20] + b"x" + sealed[21:])
        for body, context in ((sealed, "totp:2"), *((each, "totp:1") for each in spoilt)):
            with pytest.raises(Exception, match=r"vault\.unreadable"):
                vault.open(body, context)


def test_lockout_counts_across_restarts(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene(SecurityLimits(lockout=LockoutLimits(allowed_failures=3)))
    scene.register()
    for _ in range(3):
        scene.log_in(password=BAD)
        scene.desk = replace(scene.desk, cache=security.SessionCache())
        scene.database.dispose()
    assert scene.log_in().code == "login.locked"
