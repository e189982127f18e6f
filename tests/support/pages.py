"""Read the pages that deployments serve."""

import json
import re

LOCAL = {"test-page": "local"}


def sections(site, page="/test.wsgi"):
    """Title -> name -> value of the first site's page, as JSON."""
    answer = site.get(page + "?format=json")
    assert answer.status == 200, (answer.status, answer.body)
    told = json.loads(answer.body)
    return told, {section["title"]: {row["name"]: row["value"]
                                     for row in section["rows"]}
                  for section in told["sections"]}


def wrong(site, page="/test.wsgi"):
    """The names of what is not as deployed, and what was found."""
    told, _ = sections(site, page)
    return {row["name"]: row["value"] for row in told["sections"][0]["rows"]
            if row["state"] != "ok"}


def check_turbogears2(test, site):
    """Fail the ``test`` unless a quickstarted site has links that work."""
    below = site.sites[0].below
    test.assertEqual(site.get("/").status, 302)
    page = site.text("/demo")
    links = re.findall(r'(?:href|src)="(/[^"]*)"', page)
    test.assertTrue(links, page)
    for link in links:
        test.assertTrue(link.startswith(below + "/"), link)
    test.assertIn('action="' + below, site.text("/login"))
