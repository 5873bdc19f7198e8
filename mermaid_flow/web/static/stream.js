// The run's events as they come. The browser asks again when the stream is cut and says what it has, so nothing is
// missed. Browsers have six connections to one server: a page that nobody sees lets go of its own, and of those that are
// seen only a few keep a stream; the others ask for what is new every now and then.

const STREAMS = 4;
const EVERY = 2000; // Milliseconds between two questions of a page without a stream.

export function follow(address, seq, { event, change, state }) {
  let source = null;
  let leave = null;
  let timer = null;
  let turn = 0;
  let working = null;

  async function open() {
    if (source || document.hidden) return;
    const mine = ++turn;
    const place = await takePlace();
    if (mine !== turn) {
      place?.();
      return;
    }
    leave = place;
    source = new EventSource(`${address}/events?after=${seq}`);
    source.addEventListener("open", () => state("live"));
    source.addEventListener("message", (message) => {
      const told = JSON.parse(message.data);
      if (told.seq <= seq) return;
      seq = told.seq;
      event(told);
    });
    // The first one comes when all events so far have been told.
    source.addEventListener("state", (message) => {
      const now = JSON.parse(message.data).working;
      if (now !== working) change();
      working = now;
      if (!place) {
        close();
        timer = setTimeout(open, EVERY);
      }
    });
    source.addEventListener("trouble", (message) => {
      close();
      state("trouble", JSON.parse(message.data));
    });
    source.addEventListener("error", () => state(source?.readyState === EventSource.CLOSED ? "ended" : "lost"));
  }

  function close() {
    turn++;
    clearTimeout(timer);
    source?.close();
    leave?.();
    source = leave = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
}

// One of the places for streams that all pages of this browser share: what gives it back, or null when all are taken.
async function takePlace() {
  if (!navigator.locks) return () => {};
  for (let number = 1; number <= STREAMS; number++) {
    const given = await new Promise((resolve) => {
      navigator.locks.request(`mflow-stream-${number}`, { ifAvailable: true }, (lock) => {
        if (lock) return new Promise((leave) => resolve(leave));
        resolve(null);
      });
    });
    if (given) return given;
  }
  return null;
}
