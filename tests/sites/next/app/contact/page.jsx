import { redirect } from "next/navigation";
import { keep } from "../../lib/posts";

async function send(form) {
  "use server";
  await keep("message.txt", Buffer.from(String(form.get("text"))));
  redirect("/contact/thanks");
}

export default function Contact() {
  return (
    <form action={send}>
      <h1>Contact</h1>
      <input name="text" aria-label="Text" />
      <button type="submit">Send</button>
    </form>
  );
}
