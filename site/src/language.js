export const { text } = await import(`./texts/${document.documentElement.lang}.js`);
