import { describe, expect, test } from "bun:test";
import { sessionOptions } from "../../../src/engine/session-from-config.ts";
import { SESSION_DEFAULTS } from "../../support/session-options.ts";
import { GOOD, load } from "../config/fixture.ts";

function optionsOf(lines = "") {
  const target = 'target_comp_id = "SIM"';
  const { config, problems } = load(GOOD.replace(target, `${target}\n${lines}`));
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return sessionOptions(config.session[0]!, 3, () => 0x7f000001);
}

describe("The options of a session", () => {
  test("that says little are the defaults, and survive being written as JSON", () => {
    const options = optionsOf();
    expect(options).toEqual({
      ...SESSION_DEFAULTS,
      name: "venue",
      use: "orders",
      block: 3,
      address: 0x7f000001,
      port: 9878,
      senderCompId: "HP",
      targetCompId: "SIM",
    });
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });

  test("are numbers, ns and addresses of what the config says", () => {
    expect(
      optionsOf(
        `bind = "127.0.0.1"
transmission_pct = 50
reset_on_logon = true
reset_on_logout = true
reset_on_disconnect = true
next_expected = true
low_sequence = "reject"
resend_chunk = 7
resend = "replay"
resend_max_age_ms = 1500
validate = "full"
sending_time_tolerance_s = 10
timestamp_digits = 9
messages_per_s = 200
messages_burst = 8
reconnect_ms = 5
connect_timeout_ms = 30
logout_timeout_ms = 40
backlog_timeout_ms = 50
max_message_kib = 2`,
      ),
    ).toMatchObject({
      bindAddress: 0x7f000001,
      testRequestFactor: 1.5,
      resetOnLogon: true,
      resetOnLogout: true,
      resetOnDisconnect: true,
      nextExpected: true,
      lowSequence: "reject",
      resendChunk: 7,
      resend: "replay",
      resendMaxAgeNs: 1.5e9,
      validate: "full",
      sendingTimeToleranceNs: 10e9,
      timestampDigits: 9,
      messagesPerS: 200,
      messagesBurst: 8,
      messagesReserved: 2,
      reconnectNs: 5e6,
      connectTimeoutNs: 30e6,
      logoutTimeoutNs: 40e6,
      backlogTimeoutNs: 50e6,
      maxMessageBytes: 2048,
    });
  });

  test("put the tag of cancel on disconnect among those of the Logon", () => {
    const lines = 'logon_tags = { 9406 = "N" }\ncancel_on_disconnect = { tag = 8013, value = "Y" }';
    expect(optionsOf(lines).logonTags).toEqual({ "8013": "Y", "9406": "N" });
  });

  test("carry the signature's options and the path of its key, not the key", () => {
    const lines =
      '[session.sign]\nkind = "hmac-sha256"\nkey_file = "secret"\nkey_encoding = "base64"\nfields = [52, 35]\nseparator = ""\nencoding = "hex"\n';
    expect(optionsOf(lines).sign).toEqual({
      kind: "hmac-sha256",
      keyFile: "/etc/hairpin/secret",
      keyEncoding: "base64",
      fields: [52, 35],
      separator: "",
      encoding: "hex",
      tag: 96,
    });
  });

  test("carry the hours with the appliance's time zone where they name none", () => {
    const hours = (lines: string) => optionsOf(`[session.schedule]\n${lines}\n`).schedule;
    expect(hours('start = "17:00"\nend = "16:00"\ndays = ["sun"]\nreset_at_start = false')).toEqual(
      {
        timezone: "America/New_York",
        start: "17:00",
        end: "16:00",
        days: ["sun"],
        nonStop: false,
        resetAtStart: false,
      },
    );
    expect(
      hours('start = "17:00"\nend = "16:00"\nstart_day = "sun"\nend_day = "fri"'),
    ).toMatchObject({ startDay: "sun", endDay: "fri", resetAtStart: true });
    expect(hours("non_stop = true")).toMatchObject({ nonStop: true });
  });
});
