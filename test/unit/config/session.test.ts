import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hoursText } from "../../../src/config/hours-text.ts";
import type { SessionConfig } from "../../../src/config/schema.ts";
import { GOOD, load, withChange } from "./fixture.ts";

const TARGET = 'target_comp_id = "SIM"';
/** What is said of a session with these lines; "" = nothing. */
const said = (lines: string) => withChange(TARGET, `${TARGET}\n${lines}`).join("\n");
const sessionOf = (lines: string): SessionConfig => {
  const { config, problems } = load(GOOD.replace(TARGET, `${TARGET}\n${lines}`));
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return config.session[0]!;
};

const folder = mkdtempSync(join(tmpdir(), "session-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** A dictionary of a version, as small as one may be. */
function dictionary(type: string, major: number, minor: number): string {
  const file = join(folder, `${type}${major}${minor}.xml`);
  writeFileSync(
    file,
    [
      `<fix type="${type}" major="${major}" minor="${minor}">`,
      major === 5 ? "" : '<header><field name="MsgType" required="Y"/></header>',
      major === 5 ? "" : '<trailer><field name="CheckSum" required="Y"/></trailer>',
      '<messages><message name="Own" msgtype="U1" msgcat="app"><field name="Text" required="N"/></message></messages>',
      "<components/><fields>",
      '<field number="35" name="MsgType" type="STRING"/><field number="10" name="CheckSum" type="STRING"/>',
      '<field number="58" name="Text" type="STRING"/></fields></fix>',
    ].join(""),
  );
  return file;
}

describe("A session that says little", () => {
  test("is FIX 4.4 with the numbers of the day, gap fills and a tolerance of two minutes", () => {
    expect(sessionOf("")).toMatchObject({
      role: "initiator",
      protocol: "fix44",
      dictionary: "FIX44",
      transport_dictionary: "",
      appl_ver_id: "",
      heartbeat_s: 30,
      transmission_pct: 20,
      reset_on_logon: false,
      reset_on_logout: false,
      reset_on_disconnect: false,
      next_expected: false,
      low_sequence: "logout",
      resend: "gap-fill",
      resend_max_age_ms: 1000,
      validate: "relaxed",
      sending_time_tolerance_s: 120,
      timestamp_digits: 3,
      messages_burst: 0,
      messages_reserved: 0,
      logout_timeout_ms: 2000,
      backlog_timeout_ms: 1000,
      max_message_kib: 16,
    });
  });

  test("has no hours, no signature, no rate and no address of its own", () => {
    const session = sessionOf("");
    for (const key of ["schedule", "sign", "messages_per_s", "bind"] as const) {
      expect(session[key]).toBeUndefined();
    }
  });
});

describe("The protocol", () => {
  const fix40 = () => `protocol = "fix40"\ndictionary = "${dictionary("FIX", 4, 0)}"\n`;
  const fix42 = () => `protocol = "fix42"\ndictionary = "${dictionary("FIX", 4, 2)}"\n`;
  const fixt = () =>
    `protocol = "fixt11"\ndictionary = "${dictionary("FIX", 5, 0)}"\ntransport_dictionary = "${dictionary("FIXT", 1, 1)}"\n`;

  test("names its version's application messages, and FIXT the version that it carries", () => {
    expect(sessionOf(fixt()).appl_ver_id).toBe("FIX50SP2");
    expect(sessionOf(`${fixt()}appl_ver_id = "FIX44"`).appl_ver_id).toBe("FIX44");
    expect(said(`${fixt()}appl_ver_id = "FIX27"`)).toContain('allowed: "FIX40" or "FIX41"');
  });

  test("without a built-in dictionary needs the path of one", () => {
    expect(said('protocol = "fix40"')).toContain(
      "session[0].dictionary: missing; there is no built-in dictionary for fix40",
    );
    expect(said(fix40())).toBe("");
  });

  test("is that of its dictionaries", () => {
    expect(said(`dictionary = "${dictionary("FIX", 4, 2)}"`)).toContain(
      "session[0].dictionary: it is of FIX.4.2; protocol fix44 speaks FIX.4.4",
    );
    expect(said(`${fixt()}`.replace("FIXT11.xml", "FIX50.xml"))).toContain(
      "transport_dictionary: it is of FIX.5.0; protocol fixt11 speaks FIXT.1.1",
    );
    expect(said('transport_dictionary = "FIXT11"')).toContain("only fixt11 has one");
    expect(said('appl_ver_id = "FIX44"')).toContain("only fixt11 has one; the protocol is fix44");
  });

  test("before FIX 4.2 has no decimals in its timestamps", () => {
    expect(sessionOf(fix40()).timestamp_digits).toBe(0);
    expect(sessionOf(fix42()).timestamp_digits).toBe(3);
    expect(said(`${fix40()}timestamp_digits = 6`)).toContain(
      "found 6; before FIX 4.2 a timestamp ends with the second",
    );
  });

  test("has ResetSeqNumFlag since FIX 4.1 and NextExpectedMsgSeqNum since FIX 4.4", () => {
    expect(said(`${fix40()}reset_on_logon = true`)).toContain("exists since FIX 4.1");
    expect(said(`${fix42()}reset_on_logon = true`)).toBe("");
    expect(said(`${fix42()}next_expected = true`)).toContain("exists since FIX 4.4");
    expect(said("next_expected = true")).toBe("");
    expect(said(`${fixt()}next_expected = true`)).toBe("");
  });
});

describe("Choices and ranges", () => {
  const cases: [string, string][] = [
    ['role = "acceptor"', 'allowed: "initiator"'],
    ['protocol = "fix50"', '"fix44" or "fixt11"'],
    ['resend = "replays"', 'allowed: "gap-fill" or "replay"'],
    ['validate = "some"', 'allowed: "off" or "relaxed" or "full"'],
    ['low_sequence = "ignore"', 'allowed: "logout" or "reject"'],
    ["transmission_pct = -1", "a whole number from 0 to 1000 (%)"],
    ["resend_max_age_ms = -1", "from 0 to 86400000 (ms)"],
    ["sending_time_tolerance_s = 100000", "from 0 to 86400 (s)"],
    ["timestamp_digits = 4", "0 or 3 or 6 or 9"],
    ["logout_timeout_ms = 1", "from 10 to 600000 (ms)"],
    ["backlog_timeout_ms = 0", "from 10 to 600000 (ms)"],
    ["max_message_kib = 65", "from 1 to 64 (KiB)"],
    ["messages_per_s = 0", "above 0"],
    ['bind = "localhost"', "an IPv4 address"],
    ['bind = "10.9.9.9"', 'found "10.9.9.9"; this machine has lo (127.0.0.1)'],
    ['dictionary_overlay = "venue.txt"', "a path that ends in .xml"],
    ['dictionary_overlay = "venue.xml"', "there is no readable file /etc/hairpin/venue.xml"],
    ["resend_max_age = 5", 'did you mean "resend_max_age_ms"?'],
  ];
  for (const [lines, part] of cases) {
    test(`${lines} is refused`, () => expect(said(lines)).toContain(part));
  }

  test("a local address that the machine has is taken", () => {
    expect(sessionOf('bind = "127.0.0.1"').bind).toBe("127.0.0.1");
  });
});

describe("The throttle", () => {
  test("has a burst of a tenth of a second, and a quarter of it for cancels", () => {
    const filled = (lines: string) => {
      const s = sessionOf(lines);
      return [s.messages_per_s, s.messages_burst, s.messages_reserved];
    };
    expect(filled("messages_per_s = 400")).toEqual([400, 40, 10]);
    expect(filled("messages_per_s = 1")).toEqual([1, 1, 0]);
    expect(filled("messages_per_s = 50\nmessages_burst = 9\nmessages_reserved = 8")).toEqual([
      50, 9, 8,
    ]);
  });

  test("says what makes no sense", () => {
    expect(said("messages_burst = 9")).toContain("there is no limit without messages_per_s");
    expect(said("messages_reserved = 9")).toContain("there is no limit without messages_per_s");
    expect(said("messages_per_s = 90\nmessages_reserved = 9")).toContain(
      "found 9 of a bucket of 9: no order could leave; allowed: 0 to 8",
    );
  });
});

describe("Cancel on disconnect", () => {
  test("is a tag of the Logon that nobody else writes", () => {
    const tagged = (tag: number, more = "") =>
      said(`cancel_on_disconnect = { tag = ${tag}, value = "Y" }\n${more}`);
    expect(tagged(8013)).toBe("");
    expect(tagged(141)).toContain("cancel_on_disconnect.tag: tag 141 is written by hairpin");
    expect(tagged(8013, 'logon_tags = { 8013 = "N" }')).toContain("tag 8013 is in logon_tags too");
    expect(said("cancel_on_disconnect = { tag = 8013 }")).toContain("value: missing");
  });

  test("tags that hairpin writes stay refused in logon_tags", () => {
    for (const tag of [34, 98, 141, 553, 554, 789, 1137]) {
      expect(said(`logon_tags = { ${tag} = "1" }`)).toContain(`tag ${tag} is written by hairpin`);
    }
  });
});

describe("A signed Logon", () => {
  const sign = (lines: string, before = "") =>
    said(`${before}\n[session.sign]\nkey_file = "secret"\n${lines}\n`);

  test("has the order of fields, the key's form and the tag that go with its kind", () => {
    const of = (lines: string) => sessionOf(`[session.sign]\nkey_file = "secret"\n${lines}\n`).sign;
    expect(of('kind = "ed25519"')).toEqual({
      kind: "ed25519",
      key_file: "/etc/hairpin/secret",
      key_encoding: "pem",
      fields: [35, 49, 56, 34, 52],
      separator: "\u0001",
      encoding: "base64",
      tag: 96,
    });
    expect(of('kind = "hmac-sha256"\nkey_encoding = "base64"')).toMatchObject({
      key_encoding: "base64",
      tag: 96,
    });
    expect(of('kind = "password"')).toMatchObject({ key_encoding: "text", tag: 554 });
  });

  const cases: [string, string, string][] = [
    ['kind = "rsa"', "", 'allowed: "password" or "hmac-sha256"'],
    ['kind = "ed25519"\nkey_encoding = "text"', "", "an Ed25519 key is no text"],
    ['kind = "hmac-sha512"\nkey_encoding = "pem"', "", "the key of hmac-sha512 is no PEM"],
    ['kind = "ed25519"\ntag = 95', "", "allowed: 96 or 554"],
    ['kind = "ed25519"\nseparator = "\\t"', "", "up to 4 printable ASCII characters or SOH"],
    ['kind = "ed25519"\nfields = [35, 58]', "", "fields[1]: field 58 is not in the Logon"],
    ['kind = "ed25519"\nfields = [554]', "", "field 554 is not in the Logon"],
    ['kind = "ed25519"\nfields = []', "", "a list of 1 to 16 tag numbers"],
    ['kind = "password"', 'password_file = "secret"', "would stand in the Logon twice"],
    ['kind = "ed25519"', 'logon_tags = { 96 = "x" }', "tag 96 is written by the signature"],
    ['kind = "ed25519"\nkey = "x"', "", "no such key; there are: kind, key_file"],
  ];
  for (const [lines, before, part] of cases) {
    test(`${lines.replaceAll("\n", ", ")} ${before} is refused`, () => {
      expect(sign(lines, before)).toContain(part);
    });
  }

  test("may sign what the config adds to the Logon", () => {
    const more =
      'password_file = "secret"\nsender_sub_id = "S"\ncancel_on_disconnect = { tag = 8013, value = "Y" }\nlogon_tags = { 9406 = "N" }';
    expect(sign('kind = "hmac-sha256"\nfields = [52, 554, 50, 8013, 9406, 108]', more)).toBe("");
  });

  test("has a key that nobody else can read", () => {
    const file = (name: string) => said(`[session.sign]\nkind = "ed25519"\nkey_file = "${name}"\n`);
    expect(file("open")).toContain("sign.key_file: mode is 0644: others can read it; chmod 600 it");
    expect(file("none")).toContain("there is no readable file /etc/hairpin/none");
  });
});

test("an empty text is told of once", () => {
  expect(said('sender_sub_id = ""').split("\n")).toHaveLength(1);
});

describe("What is sent again", () => {
  test("has an age only where something is", () => {
    expect(said("resend_max_age_ms = 5")).toContain(
      'session[0].resend_max_age_ms: nothing is sent again without resend = "replay": there is no age to bound',
    );
    expect(said('resend = "replay"\nresend_max_age_ms = 5')).toBe("");
    expect(said("resend_max_age_ms = 1000")).toBe("");
  });
});

describe("The hours of a session", () => {
  const hours = (lines: string) => said(`[session.schedule]\n${lines}\n`);
  const DAY = 'start = "17:00"\nend = "16:00:30"\n';

  test("are those of the appliance's time zone, or of their own", () => {
    const of = (lines: string) => sessionOf(`[session.schedule]\n${lines}`).schedule;
    expect(of(DAY)).toEqual({
      timezone: "America/New_York",
      start: "17:00",
      end: "16:00:30",
      non_stop: false,
      reset_at_start: true,
    });
    expect(of(`${DAY}timezone = "America/Chicago"\ndays = ["sun", "mon"]`)).toMatchObject({
      timezone: "America/Chicago",
      days: ["sun", "mon"],
    });
  });

  test("are told to a person in one line", () => {
    const told = (lines: string) => hoursText(sessionOf(`[session.schedule]\n${lines}`).schedule);
    expect(hoursText(sessionOf("").schedule)).toBe("non-stop");
    expect(told("non_stop = true")).toBe("non-stop");
    expect(told(DAY)).toBe("17:00 to 16:00:30 America/New_York");
    expect(told(`${DAY}days = ["sun", "mon"]\ntimezone = "UTC"`)).toBe(
      "17:00 to 16:00:30 UTC, sun mon",
    );
    expect(told(`${DAY}start_day = "sun"\nend_day = "fri"`)).toBe(
      "sun 17:00 to fri 16:00:30 America/New_York",
    );
  });

  test("may be of a week, or have no end", () => {
    const of = (lines: string) => sessionOf(`[session.schedule]\n${lines}`).schedule;
    expect(of(`${DAY}start_day = "sun"\nend_day = "fri"`)).toMatchObject({ start_day: "sun" });
    expect(of("non_stop = true")).toMatchObject({ non_stop: true });
  });

  test("are warned of when the session date changes while their numbers run on", () => {
    const warned = (lines: string, appliance = "", more = "") => {
      const session = `${TARGET}\n${more}\n[session.schedule]\n${lines}\n`;
      const source = GOOD.replace(TARGET, session);
      const { config, problems } = load(source.replace('name = "test"', appliance));
      expect(config).toBeDefined();
      return problems.map((p) => `${p.key} ${p.severity}: ${p.message}`).join("\n");
    };
    const runsOn =
      "session[0].schedule warning: the session date changes at 00:00 America/New_York, while the session runs on";
    const night = 'start = "17:00"\nend = "16:00"\ntimezone = "America/Chicago"';
    expect(warned(night)).toStartWith(runsOn);
    expect(warned(night, 'roll = "18:00"')).toBe("");
    expect(warned(night, 'roll = "17:30"')).toBe("");
    // The orders of the date before are forgotten all the same.
    expect(warned(night, "", "reset_on_logon = true")).toEndWith(
      "an engine that is started after that knows none of the orders of the date before; let [appliance] roll fall on the opening",
    );
    expect(warned(night, "", "reset_on_logon = true")).toStartWith(runsOn);
    expect(warned(night, 'session_date = "2020-01-02"')).not.toContain("runs on");
    expect(warned('start = "09:00"\nend = "17:00"')).toBe("");
    expect(
      warned('start = "17:00"\nend = "16:00"\nstart_day = "sun"\nend_day = "fri"'),
    ).toStartWith(runsOn);
    expect(warned("non_stop = true")).toStartWith(runsOn);
    expect(warned('start = "09:00"\nend = "17:00"\nreset_at_start = false')).toStartWith(runsOn);
  });

  test("that are no times have one problem each: they are not missing, too", () => {
    const problems = hours('start = "25:00"\nend = "9:00"').split("\n");
    expect(problems.map((p) => p.replace(/^.*?: /, ""))).toEqual([
      'session[0].schedule.start: found "25:00"; allowed: a time of day, HH:MM or HH:MM:SS',
      'session[0].schedule.end: found "9:00"; allowed: a time of day, HH:MM or HH:MM:SS',
    ]);
  });

  const cases: [string, string][] = [
    ['timezone = "Mars/X"', "tz database"],
    ['start = "24:00"', "a time of day, HH:MM or HH:MM:SS"],
    ['start = "09:00"', "schedule.end: missing; needed: a time of day, HH:MM, or non_stop = true"],
    ["", "schedule.start: missing"],
    [`${DAY}days = ["monday"]`, 'found "monday"; allowed: "mon" or "tue"'],
    [`${DAY}days = ["mon", "mon"]`, '"mon" is there twice'],
    [`${DAY}days = []`, 'a list of "mon"'],
    [
      `${DAY}start_day = "sun"`,
      "end_day: missing; a weekly session has a start_day and an end_day",
    ],
    [`${DAY}end_day = "sun"`, "start_day: missing"],
    [`${DAY}start_day = "sun"\nend_day = "fri"\ndays = ["mon"]`, "leave one out"],
    ['non_stop = true\nstart = "09:00"', "a non-stop session has no start"],
  ];
  for (const [lines, part] of cases) {
    test(`${lines.replaceAll("\n", ", ") || "nothing"} is refused`, () => {
      expect(hours(lines)).toContain(part);
    });
  }
});
