"""Fills a new Samba domain with the accounts of a definition (see domain.mjs).

Usage: populate.py SMB_CONF KEYTAB < definition.json

One process does all of it: each samba-tool command would spend a second on starting Python.
"""

import json
import os
import sys

import ldb
from samba import enable_net_export_keytab
from samba.auth import system_session
from samba.dsdb import UF_ACCOUNTDISABLE, UF_NORMAL_ACCOUNT
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

KERB_ENCTYPES_AES = 0x08 | 0x10  # msDS-SupportedEncryptionTypes: AES128 and AES256, so that no ticket uses RC4
PASSWORDS_NEVER_EXPIRE = -0x8000000000000000  # maxPwdAge: the domain may be kept for months
ACCOUNT_EXPIRED_LONG_AGO = 125911584000000000  # FILETIME of 2000-01-01 UTC


def distinguished_name(sam, account):
    found = sam.search(
        base=sam.domain_dn(),
        expression="(sAMAccountName=%s)" % ldb.binary_encode(account),
        attrs=["dn"],
    )
    if len(found) != 1:
        raise LookupError("%d accounts are named %s" % (len(found), account))
    return found[0].dn


def replace(sam, dn, attribute, values):
    message = ldb.Message(dn)
    message[attribute] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, attribute)
    sam.modify(message)


def add(sam, dn, attribute, values):
    message = ldb.Message(dn)
    message[attribute] = ldb.MessageElement(values, ldb.FLAG_MOD_ADD, attribute)
    sam.modify(message)


def add_user(sam, user):
    sam.newuser(
        user["name"],
        user.get("passwordBefore", user["password"]),
        force_password_change_at_next_login_req=user.get("mustChangePassword", False),
    )
    dn = distinguished_name(sam, user["name"])
    if user.get("disabled"):
        replace(sam, dn, "userAccountControl", str(UF_NORMAL_ACCOUNT | UF_ACCOUNTDISABLE))
    if user.get("accountExpired"):
        replace(sam, dn, "accountExpires", str(ACCOUNT_EXPIRED_LONG_AGO))
    if user.get("service"):
        replace(sam, dn, "msDS-SupportedEncryptionTypes", str(KERB_ENCTYPES_AES))


def main(smb_conf, keytab):
    definition = json.load(sys.stdin)
    parameters = LoadParm()
    parameters.load(smb_conf)
    sam = SamDB(session_info=system_session(parameters), lp=parameters)

    replace(sam, ldb.Dn(sam, sam.domain_dn()), "maxPwdAge", str(PASSWORDS_NEVER_EXPIRE))
    for user in definition["users"].values():
        add_user(sam, user)
    for group, members in definition["groups"].items():
        sam.newgroup(group)
        sam.add_remove_group_members(group, members, add_members_operation=True)
    owned = [service for service in definition["services"].values() if service.get("account")]
    for service in owned:
        add(sam, distinguished_name(sam, service["account"]), "servicePrincipalName", [service["spn"]])
    add(
        sam,
        distinguished_name(sam, definition["controller"]["name"].upper() + "$"),
        "servicePrincipalName",
        definition["controllerSpns"],
    )

    enable_net_export_keytab()
    net = Net(None, parameters)
    for service in owned:
        net.export_keytab(keytab=keytab, principal=service["spn"])
    os.chmod(keytab, 0o600)

    for user in definition["users"].values():
        if user.get("passwordBefore"):
            account = "(sAMAccountName=%s)" % ldb.binary_encode(user["name"])
            sam.setpassword(account, user["password"])


main(*sys.argv[1:])
