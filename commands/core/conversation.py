"""From an event in the inbox to its consequences: the one place where a person's words become a command.

Everything happens in the transaction that it is given, and nothing here touches the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from commands.core import answering, dialog, hearing, message, questions, typos, upgrades
from commands.core.context import Context, Network, Role
from commands.core.errors import UserError
from commands.core.forms import Form
from commands.core.free_words import FreeWords
from commands.core.nodes import Code, Paragraph, strong
from commands.core.registry import Registry, Spoken, says_something
from commands.core.reply import Reply
from commands.core.topics import Asks, Fetched, Topic
from config.languages import ui_language
from storage import dialogs, files, inbox, outbox, rooms
from storage.database import Tx
from storage.dialogs import Dialog
from storage.inbox import InboxEvent, InboxState, Kind
from storage.outbox import OutboxRow, OutboxState
from storage.scene import scene

log = structlog.get_logger("conversation")

_WORDS = re.compile(r"\w")
EDIT_WINDOW = timedelta(minutes=5)  # DESIGN, conventions of the chat
COMMAND_LENGTH = 100  # characters of the first line of a command that is typed; prose goes on for longer


class Conversation:
    """Understands what is said to the bot, and answers."""

    def __init__(self, registry: Registry, network: Network) -> None:
        self.free_words = FreeWords(registry)
        self.registry = self.free_words.registry
        self.network = network

    def handle(self, tx: Tx, event: InboxEvent) -> None:
        """Carry out one event. A `UserError` is answered here; every other exception is a bug of ours."""
        ctx = self._context(tx, event)
        try:
            with tx.savepoint():
                self._dispatch(ctx, event)
        except UserError as error:
            command = self.registry.commands.get(ctx.command)
            private = command is not None and command.private
            here = ctx.privately() if private else ctx
            answering.say(ctx, Reply(tuple(answering.explain(here, self.registry, error)), private=private))

    def apologise(self, tx: Tx, event: InboxEvent, reference: str) -> None:
        """Tell the sender that something of ours went wrong, with the reference that is in the log."""
        if event.kind not in (Kind.MESSAGE, Kind.EDIT, Kind.FETCHED):
            return
        ctx = self._context(tx, event)
        if event.kind == Kind.FETCHED:
            self._go_on(ctx, str(event.content.get("event_id")))
        answering.say(ctx, Reply((ctx.p("error.bug", reference=strong(reference)),)))

    # --- the kinds of events

    def _dispatch(self, ctx: Context, event: InboxEvent) -> None:
        match event.kind:
            case Kind.MESSAGE:
                self._message(ctx, event)
            case Kind.EDIT:
                self._edit(ctx, event)
            case Kind.REACTION:
                self._reaction(ctx, event)
            case Kind.UNTAPPED:
                self._untapped(ctx, str(event.content.get("reaction")))
            case Kind.INVITE:
                self._invite(ctx, event)
            case Kind.UPGRADE:
                upgrades.begin(ctx, event.content.get("replacement_room"))
            case Kind.TOO_LONG:
                raise UserError(
                    "error.too_long",
                    length=ctx.texts.number(event.content.get("length", 0)),
                    limit=ctx.texts.number(self.network.message_limit),
                    share=ctx.call("share"),
                )
            case Kind.FETCHED:
                self._fetched(ctx, event)
            case Kind.LIMITED:
                whose, limit = event.content.get("whose", "sender"), event.content.get("limit", 0)
                answering.say(ctx, Reply((Paragraph((ctx.n(f"limit.{whose}", limit),)),)))
            case Kind.MEMBERSHIP:
                self._alone(ctx)

    def _message(self, ctx: Context, event: InboxEvent) -> None:
        said = hearing.words(ctx, event.content)
        ctx.thread = said.thread
        if self._under_ours(ctx, event.content, said):
            return
        if ctx.direct and event.content.get("msgtype") not in ("m.text", "m.emote"):
            raise UserError("error.not_text")
        self._words(ctx, said)

    def _under_ours(self, ctx: Context, content: dict[str, Any], said: message.Said) -> bool:
        """Whether what was sent in reply to a message of ours was for what that message is about."""
        found = self._topic_under(ctx, said) or self._topic_before(ctx, content, said)
        if found is None:
            return False
        topic, reference = found
        reply = None
        if message.is_file(content):
            hearing.listen_to_language(ctx, self.registry, "")
            with_file = topic.file
            if with_file:
                reply = self._or_refusal(ctx, topic, reference, lambda: with_file(ctx, reference, content))
        elif topic.replied and topic.takes_words(direct=ctx.direct):
            if not ctx.direct and not ctx.holds(topic.requires):
                return False  # people talk to each other there
            replied = topic.replied
            reply = self._or_refusal(ctx, topic, reference, lambda: replied(ctx, reference, said.text))
        if reply:
            answering.say(ctx, reply)
        return reply is not None

    def _topic_under(self, ctx: Context, said: message.Said) -> tuple[Topic, str] | None:
        """What the message of ours that is replied to is about, unless a command is given under it.

        In a direct chat whoever goes on in a thread replies to what was said there last.
        """
        target = said.reply_to
        if target is None and ctx.direct and not self._only_a_command(said.text):
            target = said.follows
        if target is None or said.called:
            return None
        ours = outbox.message_of(ctx.tx, target)
        return self.registry.topic(ours.topic) if ours else None

    def _only_a_command(self, text: str) -> bool:
        spoken = self.registry.understand(text)
        courtesy = spoken is not None and spoken.command.courtesy
        return spoken is not None and not courtesy and not says_something(spoken.arguments)

    def _topic_before(
        self, ctx: Context, content: dict[str, Any], said: message.Said
    ) -> tuple[Topic, str] | None:
        """What the message of ours before a file is about, if it awaits one."""
        if not ctx.direct or said.reply_to or not message.is_file(content):
            return None
        found = self.registry.topic(outbox.last_topic(ctx.tx, ctx.room_id))
        return found if found and found[0].awaits_file else None

    def _fetched(self, ctx: Context, event: InboxEvent) -> None:
        """Hand a file that has come to the topic that asked for it; the answer replaces the first one."""
        told = event.content
        written, key, name, sent = (told.get(part) for part in ("topic", "key", "name", "event_id"))
        if not (isinstance(key, str) and isinstance(sent, str)):
            return
        fetched = Fetched(str(name), files.take_fetched(ctx.tx, key), told.get("failure"))
        said = inbox.find(ctx.tx, sent)
        if said and not said.content:  # its sender took it back while it was on its way
            fetched = Fetched(str(name), None, "taken_back")
        found = self.registry.topic(written)
        if found is None or not (take := found[0].fetched):
            return
        self._go_on(ctx, sent)
        reply = self._or_refusal(ctx, *found, lambda: take(ctx, found[1], fetched))
        if reply:
            answering.say(ctx, reply)

    def _or_refusal(
        self, ctx: Context, topic: Topic, reference: str, call: Callable[[], Reply | None]
    ) -> Reply | None:
        """What `call` answers; a refusal is about the same, so that one can try again under it."""
        try:
            with ctx.tx.savepoint():
                ctx.need(topic.requires)
                return call()
        except UserError as error:
            return Reply(tuple(answering.explain(ctx, self.registry, error)), topic=topic.of(reference))

    def _go_on(self, ctx: Context, event_id: str) -> None:
        """Answer what somebody sent earlier, in the place of the answer that it has had meanwhile."""
        said, answered = inbox.find(ctx.tx, event_id), outbox.answer_to(ctx.tx, event_id)
        ctx.answer_to, ctx.thread = event_id, hearing.words(ctx, said.content).thread if said else None
        ctx.replaces = answered.key if answered else None
        hearing.listen_to_language(ctx, self.registry, "")

    def _words(self, ctx: Context, said: message.Said) -> None:
        open_dialog = dialogs.active(ctx.tx, ctx.sender) if ctx.direct else None
        spoken = self.registry.understand(said.text)
        if open_dialog and not said.prefixed and not self._sends_form(open_dialog.name, spoken):
            self._answer(ctx, open_dialog, said.text, spoken)
        elif said.prefixed:
            if spoken is None:
                raise typos.unknown(ctx, self.registry, said.text)
            answering.run(ctx, spoken)
        elif ctx.direct or said.called or (said.addressed and spoken):
            self.free_words.take(ctx, said.text)

    def _answer(self, ctx: Context, asked: Dialog, text: str, spoken: Spoken | None) -> None:
        """Take the words as the answer to a dialog's question, or ask back where they are like a command."""
        form, doubtful = self._form(ctx, asked), dialog.only_a_command(asked)
        yes = questions.answer(ctx, text) if doubtful and not dialog.brief(text) else None
        if command := dialog.command_meant(asked, text) or (doubtful if yes else None):
            self._run_within(ctx, asked, self.registry.understand(command))
            return
        if yes is False:
            answering.say(ctx, dialog.put_again(ctx, form, asked))
            return
        if self._asked_meanwhile(ctx, text):
            answering.say(ctx, dialog.resume(ctx, form, asked, "dialog.two_questions"))
            return
        if self._goes_on(ctx, asked, text, spoken):
            answering.say(ctx, dialog.resume(ctx, form, asked))
            return
        meant = spoken and self._typed(spoken, text) and not dialog.tells(form, asked, text)
        if spoken and meant and not dialog.certain(ctx, form, asked, text):
            if self._only_shows(ctx, form, asked, text, spoken):
                self._run_within(ctx, asked, spoken)
                return
            begins, behind = spoken.command.name == form.begun_by, spoken.arguments.strip()
            if begins and typos.NUMBERED.fullmatch(behind):
                answering.run(ctx, spoken)  # which goes on with the form
                return
            if dialog.late(ctx, asked) and not spoken.command.listed:
                reply = dialog.resume(ctx, form, asked)  # a greeting
            elif (begins and not behind) or not (spoken.command.listed or _WORDS.search(text)):
                reply = dialog.put_again(ctx, form, asked)  # whoever asks for it, or only smiles
            else:
                typed = text.rstrip(" .!") if spoken.arguments.strip() else spoken.word
                whole = dialog.shortened(typed) == typed
                shown = Code(self.network.prefix + (typed if whole else f"{spoken.word} …"))
                reply = dialog.ask_back(ctx, form, asked, text, shown)
        else:
            reply = dialog.answer(ctx, form, asked, text)
        answering.say(ctx, reply)

    def _goes_on(self, ctx: Context, asked: Dialog, text: str, spoken: Spoken | None) -> bool:
        """Whether somebody wants to go on with the form that they are in; in German the word also skips."""
        wanted = spoken is not None and spoken.command.name == "resume" and not spoken.arguments.strip()
        return wanted and (dialog.control(text) != "skip" or dialog.late(ctx, asked))

    def _only_shows(self, ctx: Context, form: Form, asked: Dialog, text: str, spoken: Spoken) -> bool:
        """Whether a command does no harm and the words for it can be no answer."""
        if spoken.command.name == "help":
            return bool(self.registry.meanings(spoken.arguments.rstrip(" .!?")))
        only_reads = spoken.command.repeatable and spoken.command.listed
        return only_reads and not dialog.readable(ctx, form, asked, text)

    def _asked_meanwhile(self, ctx: Context, text: str) -> bool:
        """Whether a yes or no may be for another question, which came in the middle of a form."""
        if not questions.says_yes_or_no(text) or len(text.split()) >= hearing.WORDS_OF_A_SENTENCE:
            return False
        asked = questions.asked(ctx, self.registry)
        return bool(asked and asked[0].last and Asks.YES_OR_NO in asked[0].asks)

    def _run_within(self, ctx: Context, asked: Dialog, spoken: Spoken | None) -> None:
        """Carry out a command in the middle of a form, and ask the open question once more."""
        dialogs.keep(ctx.tx, asked)
        try:
            with ctx.tx.savepoint():
                if spoken:
                    answering.run(ctx, spoken)
        except UserError as error:
            answering.say(ctx, Reply(tuple(answering.explain(ctx, self.registry, error))))
        still = dialogs.active(ctx.tx, ctx.sender)
        if still and still.name == asked.name:
            answering.say(ctx, dialog.put_again(ctx, self._form(ctx, still), still, "dialog.resumed"))

    def _form(self, ctx: Context, asked: Dialog) -> Form:
        """The form that a dialog asks for; from now on the answer speaks the dialog's language."""
        ctx.language = ui_language(ctx.locale or asked.locale, ctx.language)
        return self.registry.forms[asked.name].as_begun(ctx, asked)

    def _typed(self, spoken: Spoken, text: str) -> bool:
        # "Change came slowly, because …" begins with a command, too.
        first, *_ = text.split("\n", 1)
        fits = not spoken.arguments.strip() or bool(spoken.command.args.specs())
        return fits and len(first) <= COMMAND_LENGTH

    def _sends_form(self, name: str, spoken: Spoken | None) -> bool:
        # Someone in a dialog who sends the filled-in form after all, as it was handed out.
        return (
            spoken is not None
            and spoken.command.name == name
            and self.registry.forms[name].looks_like(spoken.arguments)
        )

    def _edit(self, ctx: Context, event: InboxEvent) -> None:
        replaced = message.replacement(event.content)
        if replaced is None:
            return
        target, new = replaced
        original = inbox.find(ctx.tx, target)
        said = hearing.words(ctx, new)
        before = hearing.words(ctx, original.content) if original else None
        under = self._topic_under(ctx, before) if before else None
        taken = under is not None and under[0].takes_words(direct=ctx.direct)
        if before and taken and not said.called and outbox.answer_to(ctx.tx, target):
            if said.text == before.text:
                return
            ctx.answer_to = target
            raise UserError("edit.not_replaced")  # what was said has been passed on at once
        if not (said.addressed or ctx.direct):
            return  # it has become talk with others
        ctx.answer_to = target
        if original and ctx.direct and self._corrects(ctx, original, said):
            return
        if event.sent_at - (original.sent_at if original else event.sent_at) > EDIT_WINDOW:
            raise UserError("edit.too_late")
        if original is None or before is None:
            # It only became a command by the edit, for instance because the prefix was missing; or it was one
            # so long ago that its words are forgotten, though not that it was answered.
            if outbox.answer_to(ctx.tx, target):
                raise UserError("edit.too_late")
            if said.addressed:
                ctx.thread = said.thread
                self._words(ctx, said)
            return
        if said.text == before.text and said.addressed == before.addressed:
            return
        ctx.thread = before.thread
        spoken = self.registry.understand(said.text)
        answered = outbox.answer_to(ctx.tx, target)
        spoken_before = self.registry.understand(before.text)
        harmless = spoken_before is None or spoken_before.command.repeatable or before.text == ""
        if not (spoken and spoken.command.repeatable and harmless and answered):
            if spoken_before is None and spoken and said.addressed:
                ctx.replaces = answered.key if answered else None
                self._words(ctx, said)
                return
            raise UserError("edit.not_replaced")
        ctx.replaces = answered.key
        self._words(ctx, said)

    def _corrects(self, ctx: Context, original: InboxEvent, said: message.Said) -> bool:
        """Whether the words of an edit are none for a command, but for the dialog that is open."""
        asked, before = dialogs.active(ctx.tx, ctx.sender), hearing.words(ctx, original.content)
        if asked is None or said.prefixed or before.prefixed or said.text == before.text:
            return False
        form = self._form(ctx, asked)
        answering.say(ctx, dialog.correct(ctx, form, asked, original.event_id, said.text))
        return True

    def _reaction(self, ctx: Context, event: InboxEvent) -> None:
        tapped = message.annotation(event.content)
        if tapped is None:
            return
        target, emoji = tapped
        ours = outbox.message_of(ctx.tx, target)
        if ours and self._tapped(ctx, ours, target, emoji):
            return
        asked = dialogs.by_prompt(ctx.tx, ours.key) if ours else self._just_asked(ctx, target)
        if asked is None or asked.user_id != ctx.sender or asked.paused:
            return
        form = self._form(ctx, asked)
        ctx.answer_to = target
        if command := dialog.command_meant(asked, emoji):
            self._run_within(ctx, asked, self.registry.understand(command))
            return
        step_choices = asked.step != dialog.CONFIRM and form.field(asked.step).choices
        if dialog.control(emoji) or step_choices:
            answering.say(ctx, dialog.answer(ctx, form, asked, emoji))

    def _tapped(self, ctx: Context, ours: OutboxRow, target: str, emoji: str) -> bool:
        """Whether a reaction was for what the message is about."""
        found = self.registry.topic(ours.topic)
        if found is None or found[0].reacted is None or not ctx.holds(found[0].requires):
            return False
        relation = ours.content.get("m.relates_to", {})
        here = replace(
            ctx,
            answer_to=target,
            thread=relation.get("event_id") if relation.get("rel_type") == "m.thread" else None,
        )
        try:
            with ctx.tx.savepoint():
                reply = found[0].reacted(here, found[1], emoji)
        except UserError as error:
            reply = Reply(tuple(answering.explain(here, self.registry, error)))
        if reply:
            answering.say(here, reply)
        return reply is not None

    def _untapped(self, ctx: Context, reaction: str) -> None:
        """Undo what a reaction counted for, now that who tapped it took it back."""
        for topic in self.registry.topics.values():
            if topic.untapped and (reply := topic.untapped(ctx, reaction)):
                answering.say(ctx, reply)

    def _just_asked(self, ctx: Context, target: str) -> Dialog | None:
        """The dialog whose question has been sent but not yet marked so: the person was quicker.

        In a direct chat every message of theirs is in the inbox, so what is in neither place is ours.
        """
        if not ctx.direct or inbox.find(ctx.tx, target):
            return None
        asked = dialogs.active(ctx.tx, ctx.sender)
        prompt = outbox.by_key(ctx.tx, asked.prompt) if asked and asked.prompt else None
        return asked if prompt and prompt.state == OutboxState.PENDING else None

    def _alone(self, ctx: Context) -> None:
        """Leave a direct chat whose other side left, unless they are back already."""
        room, theirs = ctx.room, rooms.membership(ctx.tx, ctx.room_id, ctx.sender)
        if room and room.membership == "join" and room.direct_with == ctx.sender and theirs != "join":
            outbox.leave(ctx.tx, ctx.room_id)

    def _invite(self, ctx: Context, event: InboxEvent) -> None:
        room = ctx.room
        if room is None or room.membership != "invite":
            return
        if replaced := rooms.replaced_by(ctx.tx, ctx.room_id):
            outbox.follow(ctx.tx, replaced.room_id, ctx.room_id, [])
            return
        server = ctx.sender.split(":", 1)[-1]
        if server not in self.network.allowed_servers and not ctx.holds(Role.GUEST):
            log.warning("invitation_refused", room=ctx.room_id, by=ctx.sender, hint="see ALLOWED_SERVERS")
            inbox.mark(ctx.tx, event.event_id, InboxState.REFUSED)
            outbox.leave(ctx.tx, ctx.room_id)
            return
        outbox.join(ctx.tx, ctx.room_id)
        if ctx.direct:
            answering.run(ctx, Spoken(self.registry.commands["hello"], None, "", ""))

    def _context(self, tx: Tx, event: InboxEvent) -> Context:
        here = scene(
            tx,
            event.room_id,
            sender=event.sender,
            bot=self.network.user_id,
            hub_room=self.network.hub_room,
        )
        moved = here.hub_room != self.network.hub_room
        ctx = Context(
            tx=tx,
            network=replace(self.network, hub_room=here.hub_room) if moved else self.network,
            sender=event.sender,
            room_id=event.room_id,
            language=self.network.default_language,
            answer_to=event.event_id if event.event_id.startswith("$") else None,
            sent_at=event.sent_at,
            room=here.room,
            own_name=here.own_name,
            locale=here.locale,
            in_hub=here.in_hub,
        )
        ctx.language = ui_language(ctx.room_language or ctx.locale, ctx.language)
        return ctx
