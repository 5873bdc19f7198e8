// The run's events as they come. The browser asks again when the stream is cut and says what it has, so nothing is
// missed. Browsers have few connections to one server: a page that nobody sees lets go of its own.

export function follow(address, seq, { event, change, state }) {
  let source = null;

  function open() {
    if (source || document.hidden) return;
    source = new EventSource(`${address}/events?after=${seq}`);
    source.addEventListener("open", () => state("live"));
    source.addEventListener("message", (message) => {
      const told = JSON.parse(message.data);
      if (told.seq <= seq) return;
      seq = told.seq;
      event(told);
    });
    source.addEventListener("state", change);
    source.addEventListener("trouble", (message) => {
      close();
      state("trouble", JSON.parse(message.data));
    });
    source.addEventListener("error", () => state(source?.readyState === EventSource.CLOSED ? "ended" : "lost"));
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
}
