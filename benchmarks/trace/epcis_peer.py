# SPDX-License-Identifier: Apache-2.0
"""The peer, run by an interpreter that has it: ``python epcis_peer.py FILE.xml`` prints the events and CPU seconds it took.

quartet_epcis reads EPCIS 1.2 in XML into SQLite by Django. It is under the GPL and no part of Sichen: make an environment
elsewhere, ``pip install quartet_epcis quartet_capture haikunator``, and name its Python in ``SICHEN_QUARTET``.
"""

import sys
import time


def main(file: str) -> None:
    """Read one document into an empty database in memory."""
    import django  # type: ignore[import-not-found] # stands in the peer's environment only
    from django.conf import settings  # type: ignore[import-not-found] # as above

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "quartet_capture", "quartet_epcis"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command  # type: ignore[import-not-found] # as above
    from quartet_epcis.parsing.business_parser import BusinessEPCISParser  # type: ignore[import-not-found] # as above

    call_command("migrate", verbosity=0, run_syncdb=True)
    start = time.process_time()
    BusinessEPCISParser(file).parse()
    spent = time.process_time() - start
    from quartet_epcis.models import events  # type: ignore[import-not-found] # as above

    print(events.Event.objects.count(), spent)


if __name__ == "__main__":
    main(sys.argv[1])
