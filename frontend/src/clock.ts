// A clock that runs beside what was recorded, in Việt Nam's time: a picture of the page can't show that.
const time = new Intl.DateTimeFormat("vi", { timeZone: "Asia/Ho_Chi_Minh", timeStyle: "medium" });

export function runClocks(): void {
  const clocks = document.querySelectorAll("[data-clock]");
  if (!clocks.length) return;
  const show = () => clocks.forEach((clock) => (clock.textContent = time.format(new Date())));
  show();
  setInterval(show, 1000);
}
