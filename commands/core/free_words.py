"""What is said without a prefix, in a direct chat or after a mention: a courtesy, a command, the answer to a
question of the bot, or what is searched for."""

from __future__ import annotations

import re
from dataclasses import replace

from commands.core import answering, dialog, hearing, questions, typos
from commands.core.arguments import ArgumentError, unfilled
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.nodes import Paragraph
from commands.core.registry import Command, Courtesy, Registry, Spoken, says_something
from commands.core.reply import Reply
from commands.core.topics import Asks, Topic
from commands.core.values import yes_or_no
from storage import inbox, outbox

PERHAPS = "perhaps"  # the topic of what asks whether words were the answer to a question
LABELS_OF_A_FORM = 3  # so many of a form's labels make a message that form, even without its first line


class FreeWords:
    """Understands them; `registry` has the topic of what it asks back besides those that were declared."""

    def __init__(self, registry: Registry) -> None:
        perhaps = Topic(PERHAPS, self._perhaps_tapped, self._perhaps_replied, open=_asks_for_choice)
        self.registry = replace(registry, topics={**registry.topics, PERHAPS: perhaps})

    def take(self, ctx: Context, typed: str) -> None:
        """Understand what needs no prefix: a courtesy, a command, a form without its first line, a search."""
        if not typed.split():
            raise typos.unknown(ctx, self.registry, typed)
        hearing.listen_to_language(ctx, self.registry, typed)
        if self._named(ctx, typed):
            return
        polite, text = self.registry.courtesy(typed)
        if polite:
            text = self._without_own_name(ctx, text)
        spoken = self.registry.understand(text)
        if polite and spoken is None and not says_something(text):
            answer = polite.arguments.lstrip(" ,.!–-\n")
            if ctx.direct and questions.says_yes_or_no(answer):
                text = answer  # "Danke, ja gern!"
            elif not self._thanked(ctx, polite):
                answering.run(ctx, replace(polite, arguments=""))
                return
            else:
                return
        doubtful = None
        if spoken is not None and not self._consents(ctx, spoken, text):
            try:
                with ctx.tx.savepoint():
                    answering.run(ctx, spoken)
            except UserError as error:
                if not _doubtful(error):
                    raise
                if not _sentence(spoken) and not self.registry.wished(text):
                    raise
                doubtful = spoken
            else:
                return
        if (wished := self.registry.wished(text)) and not questions.says_yes_or_no(text):
            answering.run(ctx, wished)
        elif form := self._form_of(text):
            answering.run(ctx, Spoken(form, None, text, ""))
        elif not (ctx.direct and self._to_question(ctx, text, doubtful)):
            self._search(ctx, text, doubtful)

    # --- the answers to what the bot has asked, without a reply

    def _named(self, ctx: Context, text: str) -> bool:
        """Whether words were one of the answers that the last message names, and were taken as that."""
        if not ctx.direct or ctx.replaces:
            return False
        if not any(topic.names and topic.names(text) for topic in self.registry.topics.values()):
            return False
        asked = questions.asked(ctx, self.registry)
        if not (asked and asked[0].last and asked[0].named(text)):
            return False
        if Asks.LINES in asked[0].asks and not asked[0].fresh(ctx):
            return False
        reply = self._answered(ctx, asked[0].topic, asked[0].reference, text)
        if reply:
            answering.say(ctx, reply)
        return reply is not None

    def _consents(self, ctx: Context, spoken: Spoken, text: str) -> bool:
        """Whether an "ok" or a thumb, which may mean nothing more, is the yes that was asked for last."""
        if not ctx.direct or spoken.command.listed or not questions.says_yes_or_no(text):
            return False
        asked = questions.asked(ctx, self.registry)
        return bool(asked and asked[0].last and asked[0].asks & (Asks.YES_OR_NO | Asks.CHOICE))

    def _thanked(self, ctx: Context, polite: Spoken) -> bool:
        """Whether thanks were for what the bot has just brought from somebody."""
        if not ctx.direct or polite.command.courtesy is not Courtesy.THANKS:
            return False
        asked = questions.asked(ctx, self.registry)
        if not (asked and asked[0].last and Asks.THANKS in asked[0].asks):
            return False
        reply = self._answered(ctx, asked[0].topic, asked[0].reference, polite.word)
        if reply:
            answering.say(ctx, reply)
        return reply is not None

    def _answered(self, ctx: Context, topic: Topic, reference: str, words: str) -> Reply | None:
        ctx.need(topic.requires)
        return topic.replied(ctx, reference, words) if topic.replied else None

    def _to_question(self, ctx: Context, text: str, doubtful: Spoken | None) -> bool:
        """Whether words were taken for what the bot has asked, or asked back about.

        Nothing is taken that may be a search: what is found is shown, and the words are taken on a "yes".
        """
        if ctx.replaces:
            return False  # words that were edited
        asked, consents = questions.asked(ctx, self.registry), questions.says_yes_or_no(text)
        ctx.confided = bool(asked) or consents
        meant = questions.meant(ctx, asked, text)
        if meant is None:
            several = consents and any(Asks.YES_OR_NO in one.asks for one in asked)
            if several:
                answering.say(ctx, Reply((ctx.p("questions.several"),)))
            return several
        (question, sure), opening = meant, None
        if consents and not sure and Asks.YES_OR_NO in question.asks:
            self._ask_again(ctx, question.topic.of(question.reference))
            return True
        if sure:
            try:
                with ctx.tx.savepoint():
                    reply = self._answered(ctx, question.topic, question.reference, text)
            except UserError as error:
                opening = Reply(
                    tuple(answering.explain(ctx, self.registry, error)),
                    topic=question.topic.of(question.reference),
                )
            else:
                if reply:
                    answering.say(ctx, reply)
                return reply is not None
        if opening is None:
            told = ctx.p("questions.meant", typed=dialog.shortened(text))
            reference = f"{ctx.answer_to} {question.topic.of(question.reference)}"
            topic = f"{PERHAPS}:{reference}"
            opening = Reply((told,), topic=topic, reactions=dialog.YES, about=ctx.sender)
        if consents or (sure and Asks.WORDS in question.asks):
            answering.say(ctx, opening)
        else:
            self._search(ctx, text, doubtful, opening)
        return True

    def _ask_again(self, ctx: Context, written: str) -> None:
        """Ask whether a yes or no is for an old question, in reply to it; what follows answers that."""
        rows = [row for row in outbox.on_topic(ctx.tx, written) if row.lane in (ctx.room_id, ctx.sender)]
        here = replace(ctx, answer_to=rows[-1].event_id or ctx.answer_to)
        answering.say(here, Reply((ctx.p("questions.again"),), topic=written))

    def _perhaps_tapped(self, ctx: Context, reference: str, emoji: str) -> Reply | None:
        return self._was_meant(ctx, reference) if dialog.control(emoji) == "yes" else None

    def _perhaps_replied(self, ctx: Context, reference: str, text: str) -> Reply | None:
        try:
            yes = yes_or_no(text.rstrip(" .!"), ctx)
        except UserError:
            return None
        return self._was_meant(ctx, reference) if yes else Reply((ctx.p("questions.not_meant"),))

    def _was_meant(self, ctx: Context, reference: str) -> Reply | None:
        """Take what somebody said earlier as the answer to a question, now that they say so."""
        event_id, _, written = reference.partition(" ")
        said, known = inbox.find(ctx.tx, event_id), self.registry.topic(written)
        if said is None or not said.content or known is None or said.sender != ctx.sender:
            raise UserError("questions.forgotten")
        if known[0].open is None or not known[0].open(ctx, known[1]):
            raise UserError("questions.closed")  # a second "yes" takes nothing twice
        return self._answered(ctx, *known, hearing.words(ctx, said.content).text)

    # --- searching

    def _search(self, ctx: Context, text: str, doubtful: Spoken | None, opening: Reply | None = None) -> None:
        """Search for the words; say so where they may be meant as a command, or as an answer (`opening`)."""
        first, *others = text.split()
        misspelt = None if doubtful else typos.nearest(ctx, self.registry, first, typos.IN_ONE_WORD)
        if misspelt and others and typos.NUMBERED.match(others[0]):
            raise typos.unknown(ctx, self.registry, text)  # nobody looks for "praxsis 3"
        reply = answering.carry_out(ctx, Spoken(self.registry.commands["search"], None, text, ""))
        meant = doubtful.command if doubtful else misspelt[0] if misspelt else None
        # "about bicycles in winter" is as little a command as "hilfen für Familien".
        if reply and meant and (meant.args.specs() if doubtful else not others):
            reply = replace(reply, blocks=(self._perhaps(ctx, meant), *reply.blocks))
        if reply and opening:
            blocks = (*opening.blocks, *reply.blocks)
            reply = replace(reply, blocks=blocks, topic=opening.topic, reactions=opening.reactions)
        if reply:
            answering.say(ctx, reply)

    def _perhaps(self, ctx: Context, meant: Command) -> Paragraph:
        if meant.requires in ctx.roles or meant.requires is Role.MODERATOR:
            return ctx.p("command.perhaps", meant=ctx.call(meant.name))
        return ctx.p("command.perhaps_member", meant=ctx.call(meant.name), register=ctx.call("register"))

    def _form_of(self, text: str) -> Command | None:
        """The command whose form a text is, without its first line."""
        forms = [form for form in self.registry.forms.values() if form.name in self.registry.commands]
        # Where it could be either, it is rather what everybody may send.
        best = max(forms, key=lambda form: (form.recognised(text), form.begun_by is None))
        return self.registry.commands[best.name] if best.recognised(text) >= LABELS_OF_A_FORM else None

    def _without_own_name(self, ctx: Context, text: str) -> str:
        names = (name for name in (ctx.own_name, ctx.network.user_id[1:].split(":", 1)[0]) if name)
        return re.sub(rf"\A(?:{'|'.join(map(re.escape, names))})\b[\s,.!:]*", "", text, flags=re.IGNORECASE)


def _asks_for_choice(_ctx: Context, _reference: str) -> Asks:
    return Asks.CHOICE


def _doubtful(error: UserError) -> bool:
    """Whether what was refused may be no command: "language courses for refugees", a guest's "who has",
    a member's "return of refugees"."""
    refused = ("role.member_needed", "role.moderator_needed")
    return isinstance(error, ArgumentError) or error.message_id in refused


def _sentence(spoken: Spoken) -> bool:
    """Whether words behind a command's make a sentence with it, rather than being its arguments."""
    words = [word for word in spoken.arguments.split() if not unfilled(word)]
    enough = 2 if spoken.command.args.specs() else 1
    return (
        len(words) >= enough and "\n" not in spoken.arguments.strip() and not typos.NUMBERED.match(words[0])
    )
