"""Which addresses a webhook may have, in every form that an address of the inner network can be dressed up in."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.core.problems import Refusal
from resolvers.deliveries.call_addresses import Address, checked_url, number_of, why_not

OPEN = (ip_network("10.1.0.0/16"), ip_network("127.0.0.0/8"))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hooks",
        "https://example.org:8443/hooks?a=1",
        "https://Hooks.Example.org./x",
        "https://93.184.216.34/",
        "https://[2606:4700::1111]/",
        "https://my_host.example.org",
        "https://xn--bcher-kva.example/",
    ],
)
def test_an_address_on_the_internet_is_taken_as_it_is(url: str) -> None:
    assert checked_url(f" {url} ", ()) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/", "it must begin with https://"),
        ("ftp://example.org/", "it must begin with https://"),
        ("example.org/hooks", "it must be an address such as https://example.org/hooks"),
        ("https://", "it must be an address such as https://example.org/hooks"),
        ("https:///hooks", "it must be an address such as https://example.org/hooks"),
        ("https://[::1", "it must be an address such as https://example.org/hooks"),
        ("https://example.org:99999/", "it must be an address such as https://example.org/hooks"),
        ("https://exa%6dple.org/", "it must be an address such as https://example.org/hooks"),
        ("https://a..example.org/", "it must be an address such as https://example.org/hooks"),
        ("https://1.2.3.4.5/", "it must be an address such as https://example.org/hooks"),
        ("https://256.1.1.1/", "it must be an address such as https://example.org/hooks"),
        ("https://user:hush@example.org/", "leave out user and password: calls are signed with the webhook's secret"),
        ("https://@example.org/", "leave out user and password: calls are signed with the webhook's secret"),
        ("https://example.org/#part", "leave out what follows #"),
        ("https://example.org:22/", "the port must be 80, 443, or 1024 and higher"),
        ("https://example.org:0/", "the port must be 80, 443, or 1024 and higher"),
        ("https://exam\nple.org/", "write it in plain ASCII, without blanks, 2,000 characters at most"),
        ("https://example.org\\@127.0.0.1/", "write it in plain ASCII, without blanks, 2,000 characters at most"),
        ("https://bücher.example/", "write it in plain ASCII, without blanks, 2,000 characters at most"),
        (f"https://example.org/{'a' * 2000}", "write it in plain ASCII, without blanks, 2,000 characters at most"),
    ],
)
def test_anything_else_is_refused_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(Refusal) as refusal:
        checked_url(url, ())
    assert (refusal.value.message, refusal.value.field) == (why, ("url",))


INNER = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.1", "017700000001", "0177.0.0.01", "0",
    "0.0.0.0",
    "10.0.0.1", "10.1", "167772161", "172.16.0.1", "192.168.1.1", "0xc0a80101", "169.254.169.254", "0xA9FEA9FE",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[0:0:0:0:0:ffff:c0a8:0101]", "[::127.0.0.1]", "[fe80::1]",
    "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[64:ff9b::10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::8.8.8.8]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2001:db8::1]", "[fec0::1]", "[100::1]", "[4000::1]", "127.0.0.1.",
]  # fmt: skip


@pytest.mark.parametrize("host", INNER)
def test_an_inner_address_is_refused_in_every_form(host: str) -> None:
    with pytest.raises(Refusal) as refusal:
        checked_url(f"https://{host}/", ())
    assert refusal.value.message.endswith("is a private address, which webhooks may not call")


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.1", "127.0.0.1"), ("0x7f.0.1", "127.0.0.1"), ("1.2.3", "1.2.0.3"), ("0300.0250.1.1", "192.168.1.1")],
)
def test_odd_numbers_are_the_addresses_that_resolvers_make_of_them(host: str, address: str) -> None:
    assert number_of(host) == ip_address(address)


def test_opened_networks_may_be_called_and_by_http_too() -> None:
    assert checked_url("http://10.1.2.3/", OPEN) == "http://10.1.2.3/"
    assert checked_url("http://receiver.internal:8080/", OPEN) == "http://receiver.internal:8080/"
    assert why_not(ip_address("::ffff:10.1.2.3"), "http", OPEN) is None
    assert (
        why_not(ip_address("10.2.0.1"), "https", OPEN) == "10.2.0.1 is a private address, which webhooks may not call"
    )
    with pytest.raises(Refusal) as refusal:
        checked_url("http://93.184.216.34/", OPEN)
    assert refusal.value.message == "http:// is for private networks only; use https://"


@given(st.ip_addresses())
def test_what_may_be_called_is_on_the_internet(address: Address) -> None:
    if why_not(address, "https", ()) is None:
        assert address.is_global or address in ip_network("64:ff9b::/96")
        assert not any((address.is_private, address.is_loopback, address.is_link_local, address.is_multicast))
