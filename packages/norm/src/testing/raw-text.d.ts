// Vite's way to import a file as text, in tests.
declare module '*?raw' {
  const text: string;
  export default text;
}
