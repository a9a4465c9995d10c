/** The number of a day in the Gregorian calendar, so that days can be subtracted; takes `YYYY-MM-DD` or an ISO 8601 time. */
function dayNumber(iso: string): number {
  const [year = 0, month = 1, day = 1] = iso.slice(0, 10).split("-").map(Number);
  // Years that begin in March put the leap day at their end.
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + Math.floor((months * 306 + 5) / 10) + day;
}

/** Whole days from one date to a later one; negative where it is earlier. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from);
}
