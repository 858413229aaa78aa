// A cookie that scripts may read: Django's token against forged requests, which a POST under a session repeats.
export const cookie = (name: string): string =>
  document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
