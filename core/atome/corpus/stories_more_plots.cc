// The second half of the plots, and the rule that lists all of them.
#include "atome/corpus/texts.h"

namespace atome::corpus {

const std::string_view kStoriesMorePlots = R"(
@idea
make a house from a big box; play=They made a door and a window. Then they sat inside and told stories;
    s=house
play that the bed is a boat; play=They put a blanket up for a sail. They saw big fish in the sea; s=boat
make a train with the chairs; play=They put all the chairs in a row. "Choo choo!" they called; s=train

@flower
flower; it; end=a big {color} flower
apple tree; it; end=a little tree with one {color} apple
pumpkin; it; end=a round orange pumpkin
berry bush; it; end=a bush with ten sweet berries

@treasure
box; it; in=an old box; inside=a music box that played a sweet song; use=listened to the song
bag; it; in=an old bag; was=were; inside=many shiny stones in all colors; use=looked at the stones in the
    sun
bottle; it; in=a green bottle; inside=a map of the garden; use=followed the map and ate apples from a tree

@heavy
pumpkin; it; took=home; at=in the garden; for=make soup; end=Everyone had a bowl of hot soup
snowball; it; took=home; at=on the hill; for=make a snowman; end=They made the best snowman in town
log; it; at=in the forest; took=to the river; for=make a bridge; end=Now everyone could cross the river
basket of apples; it; took=home; at=under the apple tree; for=bake a pie; end=Everyone had some pie

@hungry
bird; it; gift=a blue feather
squirrel; it; gift=a shiny nut
cat; it; gift=a little bell
duck; it; gift=a smooth white stone
rabbit; it; gift=a yellow flower

@night
count the stars; do=They looked out of the window and counted the stars. "One, two, three, four, five."
hear a story; do={Hero.his} {parent} told a story about a [small bear|little star|sleepy rabbit] and
    the moon.
hear a song; do={Hero.his} {parent} sang a soft, slow song about the moon.
drink some warm milk; do={Hero.his} {parent} made a cup of warm milk and sat down on the bed.

@more_plots
# 11. Rain, and a good idea.
{hero:=hero}{friend:=hero!hero}{idea:=idea}
    {open} {likes} One day, {hero} and {hero.his} friend {friend} wanted to play outside. But it [rained
    and rained|began to rain]. {sad}
    ~ "[I do not like the rain|Now we can not play|Rain, rain, go away]," said {hero}. {Friend} looked
    around the room. Then {friend.he} [smiled|jumped up]. "I have an idea!" said {friend}. "Let us
    {idea}!"
    ~ {idea.play}. It was [so much|such] fun that [they|{hero}] forgot [all about|] the rain. [{Hero.his}
    mom came in with [cookies|warm milk]. "[What a nice {idea.s}!|Can I play too?]" she said.|]
    ~ [Then|After a while], the rain stopped. The sun came out, and there was a big rainbow in the sky.
    "Look!" said {hero}. "[Do you want to go outside?|We can go outside now!]" {Friend} laughed. "[Let us
    play here some more|First let us play a little more]!" {friend.he} said. [{Hero} learned that a rainy
    day can be fun too.|It was a good day after all.]

# 12. A seed needs time.
{hero:=hero}{friend:=hero!hero}{color:=color}{plant:=flower}
    {open} {oneday}, {friend.full} gave {hero} a tiny seed. "[Put it in the ground|Plant it] and give it
    water every day," said {friend}. {Hero} [put the seed in the ground|made a little hole and put the
    seed in].
    ~ The next day, {hero} [ran|went] to look. There was nothing. "[Where is my plant|Why does it not
    grow]?" asked {hero}. "[You have to wait|Give it time|It needs time]," said {friend}. {Hero} did not
    like to wait. But {hero.he} gave the seed water [every day|every morning].
    ~ [Many days|Days and days] went by. [It rained, and the sun was warm.|The sun was warm and the rain
    was soft.|] Then one morning, {hero} saw [a little green leaf|something green]. "[Look, {friend}|It
    grows, it grows]!" {hero.he} [cried|shouted]. It grew and grew. At last there was {plant.end}!
    ~ {happy} {Hero} and {friend} [sat next to the {plant}|looked at it together] and were proud. [{Hero}
    learned that [good things take time|it is good to wait].|"Good things take time," said {friend}.]

# 13. A find.
{hero:=hero}{friend:=hero!hero}{place:=place}{find:=treasure}
    {open} {likes} {sunny}, {hero} and {friend.full} played {place.at}. {Hero} saw something in the
    [grass|ground]. "[What is that?|Look here!|Come and see!]" said {hero}. They dug and dug. It was
    {find.in}!
    ~ {Hero} wanted to open the {find}, but [it was shut tight|it did not open]. {Hero.he} pulled and
    pulled. "[It is too hard|I can not do it]," said {hero}. "[Let us pull together|We can do it
    together]," said {friend}. "One, two, three!"
    ~ Pop! The {find} was open. Inside there {find.was} {find.inside}. "[Wow|Oh, how nice]!" said {hero}.
    The two friends {find.use} [all afternoon|until it was dark].
    ~ "[Who will keep it|Is it yours or mine]?" asked {friend}. {Hero} [thought for a moment|smiled]. "[It
    is for both of us|We can share it|We found it together]," said {hero}. [{Friend} was very
    happy.|{Friend} gave {hero} a hug.] {both}

# 14. Sleep does not come.
{hero:=hero}{parent:=parent}{night:=night}
    {open} One night, {hero} could not sleep. {Hero.he} [turned to the left and to the right|closed
    {hero.his} eyes and opened them again]. [The moon was big and round.|The house was quiet.|]
    ~ {Hero} got up and went to {hero.his} {parent}. "I can not sleep," said {hero}. "[Come here|Let me
    help you]," said {hero.his} {parent}. "Do you want to {night}?" {Hero} said yes.
    ~ {night.do} {Hero} [felt warm and safe|felt better]. [Soon {hero.his} eyes were very heavy.|{Hero.he}
    began to feel sleepy.] "[Good night|Sleep well], {hero}," said {hero.his} {parent} [softly|and kissed
    {hero.him}].
    ~ {Hero} [was asleep|did not hear it]. {Hero.he} [dreamed of|had a dream about] [a boat on the sea|a
    garden full of flowers|a friendly bear|a house on the moon]. [In the morning, {hero} was happy and
    ready to play.|It was a very good dream.]

# 15. A race that both win.
{hero:=hero}{friend:=hero!hero}{place:=place}
    {open} {Hero.he} [could run very fast|loved to run]. {sunny}, {hero.his} friend {friend} said, "[Let
    us have a race!|Do you want to race?] The first one at the [big tree|old house|big rock] wins."
    "[Okay|Yes|Good idea]!" said {hero}.
    ~ "One, two, three, go!" They ran [as fast as the wind|as fast as they could]. {Hero} was [first|in
    front]. Then {hero.he} heard a cry. {Friend} had [fallen down|fallen over a stone]. {Friend.his} knee
    was hurt.
    ~ {Hero} looked at the [end of the race|way ahead]. {Hero.he} wanted to win [so much|very much]. But
    {hero.he} [stopped and ran back|turned around]. "Are you okay, {friend}?" asked {hero}. "My knee
    hurts," said {friend}. {Hero} helped {friend.him} up. "[Hold on to me|Take my hand]," said {hero}.
    ~ They walked [slowly|side by side] to the end and got there at the same time. "[We both won|We both
    win]!" said {hero}. {Friend} [smiled|laughed]. "You are a good friend," {friend.he} said. [{Hero}
    learned that [a friend is more than a race|helping is better than winning].|{both}]

# 16. Too heavy for one.
{hero:=hero}{friend:=hero!hero}{third:=hero}{load:=heavy}
    {open} {oneday}, {hero} found a [very big|big] {load} {load.at}. {Hero} wanted to {load.for}.
    {Hero.he} pulled and pulled, but the {load} did not move. "It is too heavy," said {hero}.
    ~ {friend.full} came by. "[Let me help|I will help you]," said {friend}. {Hero} and {friend} pulled
    and pulled, but the {load} did not move. Then {third.full} came by. "[Let me help too|I will help you
    too]," said {third}.
    ~ {Hero} pulled, {friend} pulled, and {third} pushed. "One, two, three!" [At last, the|Slowly, the]
    {load} began to move! "[Look, it moves|We did it]!" they [all|] [cried|shouted].
    ~ Together they took it {load.took}. {load.end}. [{happy}|{Hero} thanked {hero.his} friends.] "[It is
    easy when we all help| Together we are strong]," said {third}.

# 17. Everything in its place.
{hero:=hero}{parent:=parent}{toy:=toy}{color:=color}{spot:=mess}
    {open} {Hero.he} had many toys. But {hero.he} never put {hero.his} toys away. {Hero.his} room was [a
    big mess|full of toys]. "Please clean your room," said {hero.his} {parent}. "[Later|Not now]," said
    {hero}.
    ~ {oneday}, {hero} wanted to play with {hero.his} {color} {toy}. {Hero.he} looked for {toy.him} [here
    and there| everywhere]. [There were too many things on the floor.|{Hero.he} could not see the floor.]
    "[Where {toy.is} my {toy}|Who took my {toy}]?" cried {hero}.
    ~ "[I think I know|Let us see]," said {hero.his} {parent}. "[First let us clean up|Clean up first, and
    you will see]." {Hero} put the [books|cars] on the shelf and the [dolls|balls] in the box. {Hero.he}
    worked and worked. And there, {spot}, {toy.was} the {color} {toy}!
    ~ {happy} "[You were right|Thank you], {Parent}," said {hero}. "Now I can find my things." {Hero.his}
    {parent} [smiled| laughed]. "[And now you can play|Well done], {hero}." [From then on, {hero} put
    {hero.his} toys away every [night| day].|{Hero} learned that it is good to keep things clean.]

# 18. A hungry guest.
{hero:=hero}{food:=food}{place:=place}{guest:=hungry}
    {open} {Hero.he} [loved|liked] to eat {food.many}. {sunny}, {hero.his} mom gave {hero.him} {food.a}
    {food}. {Hero} took {food.him} and went to sit {place.at}.
    ~ A small {guest} came [near|up to {hero.him}]. It looked at the {food}. "[Are you hungry|Do you want
    some], little {guest}?" asked {hero}. "[Yes, very|Yes, please|I did not eat all day]," said the
    {guest}.
    ~ {Hero} looked at {hero.his} {food}. [{Hero.he} was hungry too.|{Hero.he} wanted to eat {food.him}
    all alone.] But {hero.he} gave half of the {food} to the {guest}. The {guest} ate and ate. "Thank
    you[| so much]! [You are very kind|That was so good]," it said.
    ~ The next day, {hero} came back. The {guest} was there. It had a gift for {hero}. It was
    {guest.gift}! "This is for you," said the {guest}. "[You are my friend|You were so kind to me]."
    {happy} [They were friends from that day on.|{Hero} kept the gift for a long time.|{Hero} learned that
    it is good to be kind.]

# 19. A snowman's hat.
{hero:=kid}{friend:=hero!hero}{color:=color}{helper:=helper}
    {open} One cold morning, {hero} looked out of the window. Everything was white. "Snow!"
    [cried|shouted] {hero}. {Hero.he} put on {hero.his} coat and boots and ran outside. {Friend.full} was
    there too.
    ~ "Let us make a snowman," said {friend}. They made a big ball, a middle ball and a small ball. They
    gave the snowman two stones for eyes and a carrot for a nose. [He looked very nice.|"He needs a hat,"
    said {friend}.] {Hero} gave him {hero.his} {color} hat.
    ~ Then the wind came and took the {color} hat away! [They ran after it, but the wind was too
    fast.|They looked for it everywhere.] "[Now he will be cold|Our poor snowman]," said {friend}. Just
    then, a little {helper} came [out from behind a tree|over the snow]. It had the {color} hat! ["Is this
    yours?" it asked.|"I found this in the snow," it said.]
    ~ "[Thank you, little {helper}|Yes, thank you so much]!" said {hero}. They put the hat back [on|on the
    snowman's head]. [Then they all danced around the snowman.|The snowman looked happy too.] {both}

# 20. The way home.
{hero:=hero}{helper:=guide}{parent:=parent}
    {open} {sunny}, {hero} went into the forest to [pick flowers|look for berries|look at the birds].
    {Hero.he} walked and walked. [The trees were tall and green.|It was very quiet.] After a while, {hero}
    wanted to go home. But {hero.he} did not know the way!
    ~ {sad} "[I am lost|I want to go home]," said {hero}. A [little|small] {helper} heard {hero.him}.
    "[Why are you sad|What is wrong]?" asked the {helper}. "I can not find my way home," said {hero}. "[I
    know the way|I can help you]," said the {helper}. "{helper.how}."
    ~ They went past the [old tree|big rock] and over the [bridge|little river]. {Hero} was [tired|very
    tired], but {hero.he} did not stop. Then {hero} saw a light. "That is my house!" {hero.he}
    [cried|shouted].
    ~ {Hero.his} {parent} ran out of the house and hugged {hero.him}. "[There you are|I was so worried]!"
    said {hero.his} {parent}. {Hero} [turned around and waved|waved] to the {helper}. "Thank you, little
    {helper}!" {hero.he} said. [The next time, {hero} did not go so far.|After that, {hero} and the
    {helper} were friends.]

@plot
+first_plots
+more_plots
)";

}  // namespace atome::corpus
