// One question, answer by answer. What a grader decides goes into the outbox at once; the page shows it as given.

import { Outbox, post } from "./outbox.js";

const LEVELS = [["full", 1], ["half", 0.5], ["none", 0]];
const HALF = "qwerty", NONE = "asdfgh", SAID = "zxcvbnm"; // one key for each item, and each thing said before
const $ = (id) => document.getElementById(id);

const grader = (localStorage.grader ??= crypto.randomUUID());
const seen = new Map(); // answers that were asked for, by id: the next one is asked for ahead
let questions = []; // what there is to mark, with how many answers, and how many of them wait
let question = null;
let order = [];
let said = [];
let now = null; // the answer that is shown
let moving = false; // to another one: a key would strike an answer that nobody has read
let conflicts = [];

const outbox = new Outbox(grader, {
  saved(answer) {
    note(answer);
    $("saved").textContent = "Saved";
  },
  refused(change, sentence, answer) {
    if (answer) {
      note(answer);
      conflicts.push({ change, answer, sentence });
      showConflict();
    } else {
      tell(sentence);
      if (now?.id === change.id) move(() => show(now.id, { afresh: true }));
    }
  },
  waits(count, sentence) {
    $("saved").textContent = `${sentence} ${count} not sent yet: kept here, and tried again.`;
  },
});

async function ask(path) {
  const answer = await fetch(path);
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.sentence);
  return found;
}

// ---- where we are

async function start() {
  history.replaceState(null, "", location.pathname + location.hash); // the token does not stay in the address
  const course = await ask("/api/questions");
  $("title").textContent = document.title = `Reflections: ${course.assignment}`;
  questions = course.questions;
  $("questions").replaceChildren(...questions.map((one) => new Option(one.title, one.name)));
  const [name, id] = location.hash.slice(1).split("/");
  const known = questions.some((one) => one.name === name);
  await openQuestion(known ? name : (questions.find((one) => one.waiting) ?? questions[0]).name, id);
}

// One at a time, and no key in between.
async function move(there) {
  if (moving) return;
  moving = true;
  $("answer").ariaBusy = "true";
  try {
    await there();
  } catch (error) {
    tell(error.message);
  } finally {
    moving = false;
    $("answer").ariaBusy = "false";
  }
}

async function openQuestion(name, id) {
  question = await ask(`/api/question/${name}`);
  $("questions").value = name;
  $("question-text").innerHTML = question.question;
  $("model-text").innerHTML = question.model;
  $("most").textContent = `of ${question.most}`;
  layItems();
  await readQueue();
  const first = order.find((one) => one.id === id) ?? order.find((one) => one.waits) ?? order[0];
  await show(first.id);
}

// Others mark as well.
async function readCounts() {
  const found = await ask("/api/questions");
  for (const one of questions) Object.assign(one, found.questions.find((other) => other.name === one.name));
  showProgress();
}

async function readQueue() {
  const mine = outbox.waiting("comment"); // what is on its way when the server is asked need not be in its answer
  const found = await ask(`/api/queue/${question.name}?grader=${grader}`);
  order = found.order;
  const lines = order.flatMap(({ id }) => linesOf(mine.get(id) ?? ""));
  said = [...new Set([...lines, ...found.comments])].slice(0, SAID.length);
  for (const one of order) one.waits &&= !isGiven(one.id);
  showSaid();
  showProgress();
}

// Whether a mark is on its way that the server does not know of.
function isGiven(id) {
  const mark = outbox.latest("mark", id);
  return mark !== undefined && scoreOf(mark) !== null;
}

async function show(id, { afresh = false } = {}) {
  if (afresh) seen.delete(id);
  else tell("");
  const found = await (seen.get(id) ?? remember(id));
  now = { ...found };
  now.mark = outbox.latest("mark", id) ?? now.mark;
  now.comment = outbox.latest("comment", id) ?? now.comment;
  history.replaceState(null, "", `#${question.name}/${id}`);
  const at = order.findIndex((one) => one.id === id);
  $("answer-title").textContent = `Answer ${at + 1} of ${order.length}`;
  $("answer-text").innerHTML = now.html;
  showHints();
  showPictures();
  $("comment").value = now.comment;
  $("number").value = now.mark[1] ?? "";
  $("number-wrong").textContent = "";
  showMark();
  showSaid();
  $("answer-title").focus({ preventScroll: true });
  scrollTo(0, 0);
  seen.delete(id); // asked for anew next time: somebody else may mark it meanwhile
  const ahead = nextWaiting();
  if (ahead && !seen.has(ahead.id)) remember(ahead.id).catch(() => seen.delete(ahead.id));
}

function remember(id) {
  const asked = ask(`/api/answer/${id}`);
  seen.set(id, asked);
  return asked;
}

function nextWaiting() {
  const at = order.findIndex((one) => one.id === now.id);
  return [...order.slice(at + 1), ...order.slice(0, at)].find((one) => one.waits);
}

function step(by) {
  const at = order.findIndex((one) => one.id === now.id);
  return show(order[(at + by + order.length) % order.length].id);
}

function nextQuestion() {
  const at = questions.findIndex((one) => one.name === question.name);
  return [...questions.slice(at + 1), ...questions.slice(0, at)].find((one) => one.waiting);
}

// What is open counts as full; then the next answer that nobody has marked. Behind the last one it is seen that this was
// the last before another question begins.
async function next() {
  if ($("number-wrong").textContent) return;
  const [levels, number] = now.mark;
  const isOpen = number === null && levels.includes(null);
  const isGivenNow = isOpen || now.again;
  if (isGivenNow) give([isOpen ? levels.map((level) => level ?? 1) : levels, number]);
  const ahead = await nextThatWaits();
  if (ahead) return show(ahead.id);
  await readCounts();
  const other = nextQuestion();
  if (other && !isGivenNow) await openQuestion(other.name);
}

// Somebody else may have marked an answer while it was on its way here: it is passed over before anybody sees it.
async function nextThatWaits() {
  for (;;) {
    await readQueue();
    const ahead = nextWaiting();
    if (!ahead || (await (seen.get(ahead.id) ?? remember(ahead.id))).waits) return ahead;
    seen.delete(ahead.id);
  }
}

// ---- what is decided

function scoreOf([levels, number]) {
  if (number !== null) return number;
  if (levels.includes(null)) return null;
  const sum = levels.reduce((total, level, item) => total + level * question.items[item].points, 0);
  return Math.min(sum, question.most);
}

// A sentence on what a grader just did, which stands until they do the next thing.
function tell(sentence) {
  $("told").textContent = sentence;
}

function give(mark) {
  tell("");
  const before = now.mark;
  now.mark = mark;
  now.again = now.elsewhere = false;
  const place = order.find((one) => one.id === now.id);
  if (place) place.waits = scoreOf(mark) === null;
  showMark();
  showProgress();
  outbox.put("mark", now.id, before, mark);
}

function choose(item, level) {
  const [levels, number] = now.mark;
  if (item >= levels.length) return;
  if (number !== null) {
    tell("This answer has a mark of its own. Clear that first (Backspace).");
    showMark();
    return;
  }
  give([levels.with(item, level), null]);
}

function toggle(item, level) {
  choose(item, now.mark[0][item] === level ? 1 : level);
}

function comment(text) {
  const before = now.comment;
  if (text === before) return;
  tell("");
  now.comment = text;
  if ($("comment").value !== text) $("comment").value = text;
  showSaid();
  outbox.put("comment", now.id, before, text);
}

function linesOf(comment) {
  return comment.split("\n").map((one) => one.trim()).filter(Boolean);
}

function say(line) {
  const lines = linesOf(now.comment);
  comment((lines.includes(line) ? lines.filter((one) => one !== line) : [...lines, line]).join("\n"));
}

function typed() {
  const text = $("number").value.trim().replace(",", ".");
  const number = text === "" ? null : Number(text);
  const isFine = number === null || (/^\d*\.?\d*$/.test(text) && number >= 0 && number <= question.most);
  $("number-wrong").textContent = isFine ? "" : `A mark here is a number from 0 to ${question.most}.`;
  if (isFine && number !== now.mark[1]) give([now.mark[0], number]);
}

async function undo() {
  tell("");
  await outbox.empty();
  const { status, found } = await post("/api/undo", { grader });
  if (!found.answer) {
    tell(found.sentence);
    return;
  }
  note(found.answer);
  if (found.answer.question !== question.name) await openQuestion(found.answer.question, found.answer.id);
  else await show(found.answer.id, { afresh: true });
  await readQueue();
  tell(status === 200 ? `Undone: the ${found.field} of this answer` : `Not undone. ${found.sentence}`);
}

// What the server says of an answer.
function note(answer) {
  const place = order.find((one) => one.id === answer.id);
  if (place && !outbox.has(answer.id)) place.waits = answer.waits;
  if (now?.id === answer.id && !outbox.has(answer.id)) {
    Object.assign(now, answer);
    if ($("comment").value !== now.comment) $("comment").value = now.comment;
    if (document.activeElement !== $("number")) $("number").value = now.mark[1] ?? "";
    showMark();
  }
  showProgress();
}

// ---- what is shown

function made(tag, attributes = {}, ...inside) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...inside);
  return element;
}

function layItems() {
  $("items").replaceChildren(...question.items.map(laidItem));
}

function laidItem(item, number) {
  const points = made("span", { className: "points", textContent: `${item.points}` });
  const legend = made("legend", {}, made("span", { innerHTML: item.criterion, className: "written" }), points);
  const keys = { half: HALF[number], none: NONE[number] };
  const levels = LEVELS.map(([name, level]) => {
    const radio = made("input", { type: "radio", name: `item-${number}`, value: level });
    radio.addEventListener("change", () => choose(number, level));
    const word = made("b", { textContent: name });
    const key = keys[name] ? made("kbd", { textContent: keys[name] }) : "";
    return made("label", {}, radio, word, " ", key, made("span", { innerHTML: item[name], className: "written" }));
  });
  return made("fieldset", {}, legend, made("div", { className: "levels" }, ...levels));
}

function showMark() {
  const [levels, number] = now.mark;
  levels.forEach((level, item) => {
    for (const radio of document.getElementsByName(`item-${item}`)) {
      radio.checked = level !== null && Number(radio.value) === level;
      radio.disabled = number !== null;
    }
  });
  const score = scoreOf(now.mark);
  const left = levels.filter((level) => level === null).length;
  const begun = left < levels.length ? `${left} of ${levels.length} open` : "open";
  $("score").textContent = score === null ? begun : `${score} of ${question.most}`;
  const from = now.elsewhere ? "This mark was given in formgrader, or by an earlier rubric. " : "";
  const again = now.again ? "The notebook was graded again since: Enter keeps the mark. " : "";
  $("elsewhere").textContent = from + again + (now.extra ? `Formgrader gives ${now.extra} beyond it. ` : "");
  $("next").firstChild.textContent = score === null ? "The rest is full; next " : "Next ";
}

function showHints() {
  $("hints").replaceChildren(...now.hints.map((hint) => made("li", { textContent: hint.words })));
  const other = now.hints.find((hint) => hint.other)?.other;
  const id = now.id;
  $("other").hidden = true;
  if (other)
    ask(`/api/answer/${other}`).then((found) => {
      if (now.id !== id) return;
      $("other-text").innerHTML = found.html;
      $("other").hidden = false;
    });
}

function showPictures() {
  const drawn = now.pictures.map(({ address, section }) => {
    const alt = `A plot of ${section || "the notebook"}`;
    const link = made("a", { href: address, target: "_blank", rel: "noopener" }, made("img", { src: address, alt }));
    return made("figure", {}, link, made("figcaption", { textContent: section }));
  });
  $("pictures").replaceChildren(...(drawn.length ? drawn : [made("p", { textContent: "There are none." })]));
}

function showSaid() {
  const lines = linesOf(now?.comment ?? "");
  const buttons = said.map((line, number) => {
    const key = made("kbd", { textContent: SAID[number] });
    const button = made("button", { type: "button", ariaPressed: `${lines.includes(line)}` }, key, ` ${line}`);
    button.addEventListener("click", () => say(line));
    return made("li", {}, button);
  });
  $("comments").replaceChildren(...buttons);
}

function showProgress() {
  if (!question) return; // something left behind was sent before the page had begun
  const waiting = order.filter((one) => one.waits).length;
  const here = { all: order.length, waiting };
  Object.assign(questions.find((one) => one.name === question.name), here); // what is not sent yet counts
  questions.forEach((one, number) => ($("questions").options[number].textContent = `${one.title} (${count(one)})`));
  const other = nextQuestion();
  const after = other ? `all marked. Next: ${other.title} (${count(other)})` : "all marked, as all questions are";
  $("progress").textContent = `${question.title}: ${waiting ? `${count(here)} marked` : after}`;
}

function count({ all, waiting }) {
  return `${all - waiting} of ${all}`;
}

function words(kind, value) {
  if (kind === "comment") return value ? `“${value}”` : "no comment";
  if (value[1] !== null) return `${value[1]}`;
  return value[0].map((level) => LEVELS.find((one) => one[1] === level)?.[0] ?? "open").join(", ");
}

function showConflict() {
  $("conflict").hidden = !conflicts.length;
  if (!conflicts.length) return;
  const { change, answer, sentence } = conflicts[0];
  const there = words(change.kind, answer[change.kind]), mine = words(change.kind, change.after);
  $("conflict-words").textContent = `${sentence} There: ${there}. Yours: ${mine}.`;
}

function settle(takeMine) {
  const { change, answer } = conflicts.shift();
  if (takeMine) {
    outbox.put(change.kind, change.id, answer[change.kind], change.after);
    if (now.id === change.id) move(() => show(now.id, { afresh: true }));
  }
  showConflict();
}

// ---- keys and buttons

const moves = { enter: next, j: () => step(-1), k: () => step(1), u: undo };

function pressed(event) {
  const field = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select");
  if (field && event.key === "Escape") $("answer-title").focus();
  if (field && event.key === "Enter" && event.ctrlKey) move(next);
  if (field || event.repeat || moving || !now || !$("keys").checked) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
  const key = event.key.toLowerCase(), at = (keys) => (key.length === 1 ? keys.indexOf(key) : -1);
  const does =
    at(HALF) >= 0 ? () => toggle(at(HALF), 0.5)
    : at(NONE) >= 0 ? () => toggle(at(NONE), 0)
    : at(SAID) >= 0 ? () => said[at(SAID)] && say(said[at(SAID)])
    : /^[0-9]$/.test(key) ? () => begin(key)
    : moves[key] ? () => move(moves[key])
    : { backspace: clear, i: () => $("comment").focus() }[key];
  if (!does) return;
  event.preventDefault();
  does();
}

function begin(digit) {
  $("number").focus();
  $("number").value = digit;
  typed();
}

function clear() {
  $("number").value = "";
  give([now.mark[1] === null ? now.mark[0].map(() => null) : now.mark[0], null]);
}

addEventListener("keydown", pressed);
$("questions").addEventListener("change", (event) => move(() => openQuestion(event.target.value)));
$("previous").addEventListener("click", () => move(moves.j));
$("skip").addEventListener("click", () => move(moves.k));
$("undo").addEventListener("click", () => move(undo));
$("clear").addEventListener("click", clear);
$("comment").addEventListener("input", () => comment($("comment").value));
$("number").addEventListener("input", typed);
$("rubric").addEventListener("submit", (event) => (event.preventDefault(), move(next)));
$("keep").addEventListener("click", () => settle(false));
$("mine").addEventListener("click", () => settle(true));
$("look").addEventListener("click", () => move(() => openQuestion(conflicts[0].answer.question, conflicts[0].answer.id)));
$("keys").checked = localStorage.keys !== "off";
$("keys").addEventListener("change", () => (localStorage.keys = $("keys").checked ? "on" : "off"));

move(start);
