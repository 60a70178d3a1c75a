// What was given and is not in the gradebook yet. It is kept in the browser until the server says that it has it, so a
// page that is killed or offline loses nothing that was sent here.

const AGAIN = 2000; // milliseconds
const NAME = "outbox ";

export class Outbox {
  // `told` hears of it: saved(answer), refused(change, sentence, answer), waits(count, sentence).
  constructor(grader, told) {
    this.grader = grader;
    this.told = told;
    this.key = NAME + (sessionStorage.tab ??= crypto.randomUUID());
    this.kept = leftBehind();
    this.current = null; // the change that is on its way
    this.keep();
    addEventListener("online", () => this.send());
    this.send();
  }

  // A value that takes the place of another one; keys that come faster than the server answers are one change.
  put(kind, id, before, after) {
    const open = this.kept.findLast((one) => one.kind === kind && one.id === id && one !== this.current);
    if (open) open.after = after;
    else this.kept.push({ kind, id, before, after });
    this.keep();
    this.send();
  }

  has(id) {
    return this.kept.some((one) => one.id === id);
  }

  // The value of one field as it will be, once all is sent; undefined where nothing of it waits.
  latest(kind, id) {
    return this.waiting(kind).get(id);
  }

  // The same of every answer of which something waits.
  waiting(kind) {
    return new Map(this.kept.filter((one) => one.kind === kind).map((one) => [one.id, one.after]));
  }

  keep() {
    if (this.kept.length) localStorage[this.key] = JSON.stringify(this.kept);
    else delete localStorage[this.key];
  }

  async send() {
    if (this.current || !this.kept.length) return;
    const change = (this.current = this.kept[0]);
    const { status, found } = await post(`/api/${change.kind}`, { ...change, grader: this.grader });
    this.current = null;
    if (status === 200) {
      this.kept.shift();
      this.keep();
      this.told.saved(found.answer);
    } else if ([404, 409, 422].includes(status)) {
      const mine = this.latest(change.kind, change.id);
      this.kept = this.kept.filter((one) => one.kind !== change.kind || one.id !== change.id);
      this.keep();
      this.told.refused({ ...change, after: mine }, found.sentence, found.answer);
    } else {
      this.told.waits(this.kept.length, found.sentence);
      setTimeout(() => this.send(), AGAIN);
      return;
    }
    this.send();
  }

  // Resolves when nothing waits any more.
  async empty() {
    while (this.kept.length) await new Promise((done) => setTimeout(done, 20));
  }
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  try {
    const sent = { method: "POST", headers, body: JSON.stringify(body), keepalive: true };
    const answer = await fetch(path, { ...sent, signal: AbortSignal.timeout(20000) });
    return { status: answer.status, found: await answer.json() };
  } catch {
    return { status: 0, found: { sentence: "The server does not answer." } };
  }
}

// What this tab, or one that was killed, did not get rid of.
function leftBehind() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(NAME));
  const found = keys.flatMap((key) => JSON.parse(localStorage[key]));
  for (const key of keys) delete localStorage[key];
  return found;
}
