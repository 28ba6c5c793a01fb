// What people are told: channels, what is on its way, and what did not arrive.
import type { App } from "../app.ts";
import { plural, words } from "../format.ts";
import { button, card, clockTime, empty, loaded, table, time } from "../parts.ts";
import { addressOf } from "../router.ts";
import type { Delivery } from "../types.ts";
import { type Children, h } from "../vdom.ts";

export const wants = ({ store }: App) => [store.alerts];

export function alerts(app: App): Children {
  const { store, now } = app;
  return [
    h("h1", null, "Alerts"),
    loaded(
      store.alerts,
      "alerts",
      now,
      () => app.reload(store.alerts),
      (value) => [
        card(
          "Dead letters",
          value.dead.length === 0
            ? empty("Every message arrived, or is on its way.")
            : dead(app, value.dead),
          value.dropped === 0
            ? null
            : h(
                "p",
                { class: "quiet" },
                `Of ${plural(value.dropped, "older one")} only the number is left.`,
              ),
        ),
        card(
          "On their way",
          value.pending.length === 0
            ? empty("Nothing is on its way.")
            : pending(value.pending, now),
        ),
        card(
          "Channels",
          value.channels.length === 0
            ? empty("The site file names no channel.")
            : table(
                "Channels",
                ["Channel", "Kind", "Told of", "Test"],
                value.channels.map(({ name, kind, severities }) => [
                  name,
                  kind,
                  severities.join(", "),
                  app.may("test_channel")
                    ? button("Send a test", () => app.act(() => test(app, name)), {
                        "aria-label": `Send a test to ${name}`,
                      })
                    : "–",
                ]),
              ),
        ),
      ],
    ),
  ];
}

const incidentOf = ({ message }: Delivery): Children => {
  const id = message.slice(0, Math.max(0, message.lastIndexOf("-")));
  return id.startsWith("inc-")
    ? h("a", { href: addressOf({ view: "incident", id }) }, message)
    : message;
};

const why = ({ error, reason }: Delivery): string => {
  const text = typeof error === "string" ? error : error === undefined ? "" : JSON.stringify(error);
  return (
    [reason === undefined ? "" : words(reason), text].filter((part) => part !== "").join(": ") ||
    "–"
  );
};

const pending = (all: readonly Delivery[], now: number): Children =>
  table(
    "Messages on their way",
    ["Message", "Channel", "Attempts", "Next", "Given up", "Last error"],
    all.map((delivery) => [
      incidentOf(delivery),
      delivery.channel,
      String(delivery.attempts),
      time(delivery.due, now),
      time(delivery.expires_at, now),
      why(delivery),
    ]),
  );

function dead(app: App, all: readonly Delivery[]): Children {
  return table(
    "Dead letters",
    ["Message", "Channel", "Since", "Why", "Order"],
    all.map((delivery) => [
      incidentOf(delivery),
      delivery.channel,
      delivery.at === undefined ? "–" : clockTime(delivery.at, app.now),
      why(delivery),
      app.may("resend_alert")
        ? button("Send again", () => app.act(() => resend(app, delivery)), {
            "aria-label": `Send again: ${delivery.message} to ${delivery.channel}`,
          })
        : "–",
    ]),
  );
}

async function test(app: App, channel: string): Promise<void> {
  await app.api.send("POST", "/alerts/test", { channel });
  app.reload(app.store.alerts);
  app.tell(`A test is on its way to ${channel}.`);
}

async function resend(app: App, { message, channel }: Delivery): Promise<void> {
  await app.api.send("POST", "/alerts/resend", { message, channel });
  app.reload(app.store.alerts);
  app.tell(`${message} is on its way to ${channel} again.`);
}
