/** The host tells who did not come to a session, after being told what that does. */

import { graphql } from "./api.js";
import { openDialog } from "./dialog.js";
import { actionButton, fill, h } from "./dom.js";
import { actions, failure, refusals } from "./feedback.js";
import { MARK_NO_SHOW } from "./host_documents.js";
import { problemSpace } from "./retry.js";

const WORDS = {
  CLIENT: {
    open: "Client did not come",
    title: "The client did not come?",
    text: "The session counts as held, and you are paid for it. If its terms say so, the client gets a part back.",
    done: "Noted: the client did not come.",
  },
  HOST: {
    open: "I did not come",
    title: "You did not come?",
    text: "The client gets everything back, and you are not paid for this session.",
    done: "Noted: you did not come. The client gets everything back.",
  },
};

/** A button for each of the two; `onDone(text)` is told once it is noted. */
export function noShowButtons({ id }, onDone) {
  return Object.entries(WORDS).map(([absent, words]) =>
    actionButton(words.open, () => ask(id, absent, words, onDone), "secondary"),
  );
}

function ask(bookingId, absent, words, onDone) {
  const dialog = openDialog(words.title);
  const problem = problemSpace();
  const keep = actionButton("Not now", dialog.close, "secondary");

  async function mark() {
    fill(problem);
    try {
      const { errors } = (await graphql(MARK_NO_SHOW, { input: { bookingId, absent } })).markNoShow;
      if (errors.length > 0) return fill(problem, refusals(errors));
      dialog.close();
      onDone(words.done);
    } catch (error) {
      fill(problem, await failure(error, mark));
    }
  }

  const consequence = h("p", { class: "dialog-lead" }, words.text);
  const forGood = h("p", { class: "muted" }, "This cannot be taken back.");
  fill(dialog.body, consequence, forGood, problem, actions(actionButton(words.open, mark, "danger"), keep));
  keep.focus();
}
