/** Takes an item out of a list in which it stands once at most. `splice` would make a list of what it took. */
export function takeOut<T>(list: T[], item: T): void {
  let place = list.length - 1;
  while (place >= 0 && list[place] !== item) place--;
  if (place < 0) return;
  for (let i = place + 1; i < list.length; i++) list[i - 1] = list[i]!;
  list.pop();
}
